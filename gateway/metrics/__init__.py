"""What APIs count: by minute in the database for two weeks, and as Prometheus metrics.

The names are those of CloudWatch ("Amazon API Gateway dimensions and metrics"): Count, 4XX, 5XX,
Latency, IntegrationLatency, CacheHitCount, CacheMissCount.
"""
