//! ceiba
fn main() {}
