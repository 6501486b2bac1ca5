"""The test suite on other days, in other zones and with other packages."""
