//! What travels and what is stored, as protobuf.
//!
//! `proto/*.proto` is the source, with a specification beside each file. The Rust here is
//! generated from it and committed; the test `codegen` regenerates and compares, and
//! `UPDATE=1 cargo test codegen` rewrites.
//!
//! Protobuf is not canonical: what is signed or hashed is always the bytes as they came, never a
//! re-encoding.

pub mod bounded;

// No lint is silenced for all of it: in each .proto file every message and field is documented.

/// Includes the code generated from `proto/$name.proto` as module `$name`.
macro_rules! generated {
    ($($name:ident,)*) => {$(
        #[doc = concat!("Generated from `proto/", stringify!($name), ".proto`.")]
        pub mod $name {
            include!(concat!("wire/generated/ceiba.", stringify!($name), ".v1.rs"));
        }
    )*};
}

generated! {
    device,
    bundle,
    blob,
    log,
    membership,
    payload,
    receipt,
    replica,
    sync,
    ticket,
}

/// Generated from `proto/keystore.proto`.
#[expect(missing_debug_implementations, reason = "secrets, which nothing may format")]
pub mod keystore {
    include!("wire/generated/ceiba.keystore.v1.rs");
}

#[cfg(test)]
mod codegen;
