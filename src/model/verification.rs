//! Verification: how sure we are of an incident, as signed reviews say.
//!
//! ```text
//! Record of kind review ──SignedReview::read──▶ Review { step }   each step carries what it needs
//! Record of an incident ──Facts::of───────────▶ which fields lack, which sources are independent
//!          both, origin, Rules, a day ──assess──▶ Assessment { level, disputes, missing, … }
//! ```
//!
//! Pure, and a function of the *set* of reviews: order of arrival and copies change nothing.
//!
//! **Rungs.** Each needs the one below, and a review that stands and carries what the rung needs:
//! v1 the fields marked † in [`Facts`]; v2 two sources that a person flagged independent and that
//! do not derive from one another; v3 the fields marked ‡, reasonable grounds, and two persons; v4
//! the citation of a body. A review of a higher rung also counts for lower ones if it carries what
//! they need.
//!
//! **Who.** A rung holds only if a review for it is of the organisation that recorded the incident,
//! or if reviews for it are of two other organisations: nobody raises another's incident alone. Two
//! persons differ if organisation or code differ (case and accents do not count). So one of them did
//! not record it, whoever did. An organisation could invent codes for its own incident; a coalition
//! that minds sets [`Rules::two_organisations`].
//!
//! **Down.** Any organisation opens a dispute; only the origin, or as many stewards as decide in the
//! circle, close it, not even who opened it. `not_met` and `refuted` hold if the origin says so, or
//! that many stewards; from others they are disputes. The origin's own stands until the origin
//! reviews again, the stewards' until they do. What a person says later and lower takes back what
//! the same person said before; an organisation's `not_met` or `refuted` takes back all of its own.
//!
//! **Numbers.** A review's number orders it among those of its own organisation only, so that nobody
//! gains by a great or a small one.

mod assess;
mod assessment;
mod facts;
mod level;
mod review;

pub use assess::{Rules, assess, check_effect};
pub use assessment::{Assessment, Entry, Missing, Need, OpenDispute};
pub use facts::Facts;
pub use level::Level;
pub use review::{Finding, Review, SignedReview, Step, Unreadable};

#[cfg(test)]
mod tests;
