"""Only what pyproject.toml cannot say: resources/ travels inside the package, where smdesk.paths looks for it."""

from setuptools import find_namespace_packages, setup

shipped = ["smdesk.resources", *(f"smdesk.resources.{name}" for name in find_namespace_packages("resources"))]

setup(
    packages=[*find_namespace_packages(include=["smdesk", "smdesk.*"]), *shipped],
    package_dir={"smdesk": "smdesk", "smdesk.resources": "resources"},
    package_data={"": ["*"]},
    include_package_data=False,
)
