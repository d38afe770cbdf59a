//! Who is in a circle, decided by signed statements alone.
//!
//! ```text
//! bytes ──AnyStatement──▶ VerifiedStatement ──▶ StatementSet ──resolve──▶ Membership
//!          read            every signature       no order       pure        who may what
//! ```
//!
//! [`resolve()`] reads no clock and no order of arrival. It works in steps, a file each:
//!
//! 1. `identity`: which manifests are valid, which devices an organisation has.
//! 2. `tree`, `world`: proposals below the genesis, and who voted for them.
//! 3. `certify`: which proposals are decisions. This only ever grows with the set.
//! 4. `choose`: of rival decisions, which one is accepted.
//! 5. `strike`, `suspended`, `admitted`: what removals, suspensions and admissions add.
//! 6. `view`: the answers.
//!
//! `proto/membership.md` is the specification, with the reasons and the residual risks.

mod admitted;
mod build;
mod certify;
mod choose;
mod error;
mod explain;
mod field;
mod identity;
#[cfg(test)]
mod kit;
mod limit;
mod resolve;
mod room;
mod set;
mod state;
mod statement;
mod strike;
mod suspended;
#[cfg(test)]
mod tests;
mod tree;
mod view;
mod world;

use identity::follows;

pub use build::{Author, BuildError, approve_with_root};
pub use error::StatementError;
pub use explain::{Impossible, RemovalEffects};
pub use identity::{proves_device, proving_chain};
pub use limit::Limit;
pub use resolve::{resolve, resolve_if_revoked};
pub use room::Rooms;
pub use set::{Inserted, StatementSet};
pub use state::{Invite, InviteState, Objection};
pub use statement::*;
pub use view::*;
