//! The programs under `examples/` do what they say; their own tests run here.

#[expect(dead_code, reason = "its `main` is for `cargo run --example`")]
#[path = "../../examples/preview_facets.rs"]
mod preview_facets;

#[expect(dead_code, reason = "its `main` is for `cargo run --example`")]
#[path = "../../examples/two_nodes.rs"]
mod two_nodes;

#[expect(dead_code, reason = "its `main` is for `cargo run --example`")]
#[path = "../../examples/verify_log.rs"]
mod verify_log;
