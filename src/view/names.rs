//! Names for people: the view itself knows ids only.

use crate::model::id::{CircleId, OrgId};

/// Who and what is called how.
pub trait Names {
    /// The organisation's name, if it could be read.
    fn org(&self, org: &OrgId) -> Option<String>;

    /// The circle's name, if it could be read.
    fn circle(&self, circle: &CircleId) -> Option<String>;
}

/// Nobody has a name.
impl Names for () {
    fn org(&self, _org: &OrgId) -> Option<String> {
        None
    }

    fn circle(&self, _circle: &CircleId) -> Option<String> {
        None
    }
}

/// A pair of closures: for organisations, for circles.
impl<O, C> Names for (O, C)
where
    O: Fn(&OrgId) -> Option<String>,
    C: Fn(&CircleId) -> Option<String>,
{
    fn org(&self, org: &OrgId) -> Option<String> {
        self.0(org)
    }

    fn circle(&self, circle: &CircleId) -> Option<String> {
        self.1(circle)
    }
}
