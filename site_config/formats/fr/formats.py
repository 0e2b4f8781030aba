"""French dates: 25 juillet 2023, 25/07/2023; the form of the data files is read too."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, H:i"
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d/%m/%Y"]
FIRST_DAY_OF_WEEK = 1  # Monday, as in France
