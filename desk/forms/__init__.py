"""Forms of the pages where people do something. A form checks its fields; actions decide."""
