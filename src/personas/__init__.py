"""Command line, embedded server and reports around the dbt project `personas`."""
