//! How data leaves: batching, retry with backoff, circuit breaker, rate limit, dead letters.
