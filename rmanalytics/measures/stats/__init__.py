"""General statistics that know no programme: fits, intervals, tests, clusters, several questions at once."""
