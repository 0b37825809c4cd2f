"""Services: the PostGIS and the Apache Kafka that tests run against, without Docker; see README.md."""
