//! Placeholder until the endpoint is there.
