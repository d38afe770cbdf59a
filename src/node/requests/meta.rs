//! Fields that the program writes into facets, so that their readers know what they belong to.

/// In a facet: the incident.
pub(in crate::node) const META_INCIDENT: &str = "meta/incident";
/// In a facet: the organisation that recorded the incident.
pub(in crate::node) const META_ORIGIN: &str = "meta/origin";
