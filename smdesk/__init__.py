"""SM Desk runs a school's social media policy: incidents, letters, registers and reports."""

__version__ = "0.1.0"
