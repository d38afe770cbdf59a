//! Founding coalitions and circles, and who is in them.

use std::collections::BTreeSet;

use rand::Rng;

use crate::{
    api::{Answer, ApiError, answer},
    membership::{Change, Genesis, HistoryRule, OrgRole, VerifiedStatement},
    model::{
        id::{CircleId, OrgId},
        limits::MAX_CIRCLES,
    },
    node::{Node, errors, home::check_name},
};

impl Node {
    pub(super) fn create_coalition(&mut self, name: &str) -> Result<Answer, ApiError> {
        let org = self.org();
        let circle = self.found(name, None, [].into(), [org].into())?;
        Ok(Answer::Circle(self.circle(&circle)))
    }

    pub(super) fn coalitions(&self) -> Vec<answer::Circle> {
        let mut circles = self.circles();
        circles.retain(|circle| circle.kind == answer::CircleKind::Coalition);
        circles
    }

    pub(super) fn create_circle(
        &mut self,
        name: &str,
        with: &[String],
        coalition: Option<&str>,
    ) -> Result<Answer, ApiError> {
        let parent = self.find_coalition(coalition)?;
        let mut members = BTreeSet::new();
        for org in with {
            members.insert(self.find_org(&parent, org)?);
        }
        members.remove(&self.org());
        if members.is_empty() {
            return Err(errors::usage("a circle needs another organisation")
                .hint("name at least one with `--with ORG`; your own is always in"));
        }
        for org in &members {
            self.check_active(&parent, org)?;
        }
        let circle = self.found(name, Some(parent), members, [].into())?;
        Ok(Answer::Circle(self.circle(&circle)))
    }

    fn check_active(&self, circle: &CircleId, org: &OrgId) -> Result<(), ApiError> {
        let active =
            self.known(circle)?.org(org).is_some_and(crate::membership::OrgState::is_active);
        if active {
            return Ok(());
        }
        let name = self.org_label(org);
        Err(errors::refused(format!("{name} is removed or suspended in the coalition")))
    }

    /// Founds a circle: genesis, our manifests, the first key, its name.
    fn found(
        &mut self,
        name: &str,
        parent: Option<CircleId>,
        members: BTreeSet<OrgId>,
        break_glass: BTreeSet<OrgId>,
    ) -> Result<CircleId, ApiError> {
        check_name("the name", name)?;
        if self.replica.circle_ids().count() >= MAX_CIRCLES {
            return Err(errors::refused(format!(
                "a node takes part in at most {MAX_CIRCLES} circles"
            )));
        }
        let mut nonce = [0; 32];
        self.rng.fill_bytes(&mut nonce);
        let genesis = self.author().found(Genesis {
            nonce,
            parent,
            org: self.org(),
            device: self.device(),
            stewards: [self.org()].into(),
            members: members.clone(),
            approvals: 0,
            break_glass,
            history: HistoryRule::All,
            custodians: [].into(),
        })?;
        let circle = Genesis::circle(&genesis.id());
        let mut statements = vec![genesis];
        statements.extend(self.own_manifests());
        if let Some(parent) = parent {
            statements.extend(self.manifests(&parent, &members));
        }
        self.replica.take_up(circle);
        self.keep(&circle, &statements)?;
        self.write_circle_name(&circle, name)?;
        self.settle();
        Ok(circle)
    }

    /// The manifests of organisations, as a circle knows them.
    pub(in crate::node) fn manifests(
        &self,
        circle: &CircleId,
        orgs: &BTreeSet<OrgId>,
    ) -> Vec<VerifiedStatement> {
        let of = |statement: &&VerifiedStatement| {
            statement.as_manifest().is_some_and(|it| orgs.contains(&it.core().org))
        };
        self.replica.statements(circle).filter(of).cloned().collect()
    }

    pub(super) fn add_to_circle(&mut self, circle: &str, org: &str) -> Result<Answer, ApiError> {
        let circle = self.find_circle(circle)?;
        let parent = self.known(&circle)?.parent().ok_or_else(|| {
            errors::usage("organisations join a coalition by invite")
                .hint("make one with `ceiba invite create`")
        })?;
        let org = self.find_org(&parent, org)?;
        self.check_active(&parent, &org)?;
        let manifests = self.manifests(&parent, &[org].into());
        self.keep(&circle, &manifests)?;
        let change = Change::AddOrg { org, role: OrgRole::Member };
        let id = self.propose(&circle, vec![change])?;
        Ok(Answer::Proposal(self.proposal(&circle, &id)?))
    }
}
