//! Tests of the whole, in one binary: each further one would link libp2p and automerge again.

#[cfg(test)]
mod tidy;
