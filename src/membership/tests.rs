//! Rules of membership, one test each; laws over generated histories in `laws`.

mod decisions;
mod identities;
mod invites;
mod laws;
mod model_found;
mod rivals;
mod roles;
mod statements;
mod suspensions;
