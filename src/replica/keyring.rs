//! The key epochs of one circle: who holds which secret, what to write under, what to grant.
//!
//! Pure. What it knows comes from grant entries, so two devices that hold the same entries and
//! were granted the same secrets know the same.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    crypto::{BackLink, DeviceKeys, EpochSecret, GrantSet, ReceivingPublicKey, grant::GrantError},
    membership::HistoryRule,
    model::{
        id::{CircleId, DeviceId, EpochId, StatementId},
        limits::{MAX_BACK_LINKS, MAX_GRANTS_PER_SET},
    },
};

/// Devices of which one device says that their grants do not open for it.
const MAX_NAMED: usize = 4 * MAX_GRANTS_PER_SET;

/// One generation of a circle's secret, as far as it is known here.
#[derive(Debug, Default)]
struct Epoch {
    secret: Option<EpochSecret>,
    /// Newest decision that those knew who made it: who granted it to itself too, in an entry that
    /// counts. None until then, and nothing is written under it: who grants it on does not vouch
    /// for where it came from. Its maker may be a removed member whose own grant does not count,
    /// or never comes because its log is forked, and who then could read on.
    decisions: BTreeSet<StatementId>,
    /// Who made it: granted it to itself, in an entry that counts.
    makers: BTreeSet<DeviceId>,
    /// Earlier epochs that whoever holds this one is said to be able to open. Only what has been
    /// opened is certain; what does not open is forgotten once the secret is held.
    /// One for each device that made one: else one could push another's aside.
    links: BTreeMap<EpochId, BTreeMap<DeviceId, BackLink>>,
    /// Earlier epochs whose link has been opened.
    opened: BTreeSet<EpochId>,
    /// Whoever may have the secret: all devices that it was granted to, and that granted it, in
    /// whatever entries. The cautious answer to who can read.
    holders: BTreeSet<DeviceId>,
    /// Devices that have the secret by entries that count, and who granted it. The cautious answer
    /// to who needs no grant, with what they say of those grants.
    granted: BTreeMap<DeviceId, BTreeSet<DeviceId>>,
    /// What deposits are sealed to, by who says so in an entry that counts.
    deposit_keys: BTreeMap<DeviceId, ReceivingPublicKey>,
    /// Earlier epochs that entries that count say it links to, true or not: who cannot open links
    /// has to believe them, and who can computes what that one will do.
    claimed: BTreeSet<EpochId>,
}

/// Under which epoch to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Current {
    /// This one is held by nobody who should not.
    Use(EpochId),
    /// There is none yet that only those hold who are in: make a new one.
    Mint,
}

/// How many epochs have been met of each maker; of all together of whom none is known.
type Turns = BTreeMap<Option<DeviceId>, usize>;

/// Devices that may read, and whether a device is anybody's.
pub(super) type Recipients<'a> = (&'a BTreeSet<DeviceId>, &'a dyn Fn(&DeviceId) -> bool);

/// The key epochs of one circle.
#[derive(Debug, Default)]
pub struct KeyRing {
    epochs: BTreeMap<EpochId, Epoch>,
    /// For each device, whose grants it says do not open for it.
    asked: BTreeMap<DeviceId, BTreeSet<DeviceId>>,
    /// Whose grants to this device do not open, by entries that count.
    not_opened: BTreeSet<DeviceId>,
}

impl KeyRing {
    /// The secret of an epoch, if it is held.
    #[must_use]
    pub fn secret(&self, epoch: &EpochId) -> Option<&EpochSecret> {
        self.epochs.get(epoch)?.secret.as_ref()
    }

    /// Epochs whose secret is held.
    pub fn held(&self) -> impl Iterator<Item = EpochId> {
        self.epochs.iter().filter(|(_id, epoch)| epoch.secret.is_some()).map(|(id, _)| *id)
    }

    /// Takes up a grant entry's set: who holds what, links, and our own grant if there is one.
    /// Returns the epochs whose secrets are known through it. Of an entry that does not count the
    /// secret is learned too (it is what its id says, whoever gives it, and else we could not read
    /// what honest members wrote under it), but nobody is taken to be served by it.
    ///
    /// Grants that do not open are passed over: another member may grant again.
    pub fn learn(
        &mut self,
        circle: &CircleId,
        (author, counts): (DeviceId, bool),
        set: GrantSet,
        own: &DeviceKeys,
    ) -> Vec<EpochId> {
        let device = own.device();
        let epoch = self.epochs.entry(set.epoch).or_default();
        if epoch.secret.is_none() {
            match set.open(circle, &device, &own.receiving) {
                Ok(secret) => epoch.secret = secret,
                // Of a suite of a later version, it may open once this program is updated.
                Err(GrantError::Suite { .. }) => {}
                Err(_does_not_open) if counts => drop(self.not_opened.insert(author)),
                Err(_does_not_count) => {}
            }
        }
        epoch.holders.insert(author);
        epoch.holders.extend(set.grants.keys());
        if counts {
            if set.grants.contains_key(&author) {
                epoch.decisions.insert(set.decision);
                epoch.makers.insert(author);
            }
            for device in set.grants.keys().chain([&author]) {
                epoch.granted.entry(*device).or_default().insert(author);
            }
            if let Some(key) = set.deposit_key {
                epoch.deposit_keys.insert(author, key);
            }
            epoch.claimed.extend(set.back_chain.iter().map(|link| link.previous));
        }
        for link in set.back_chain {
            epoch.links.entry(link.previous).or_default().entry(author).or_insert(link);
        }
        self.follow_links(circle, set.epoch)
    }

    /// Forgets by whom what was granted, not the secrets: what counts is another than before, and
    /// is learned again next.
    pub fn forget_grants(&mut self) {
        for epoch in self.epochs.values_mut() {
            epoch.granted.clear();
            epoch.decisions.clear();
            epoch.makers.clear();
            epoch.deposit_keys.clear();
            epoch.claimed.clear();
        }
        self.asked.clear();
        self.not_opened.clear();
    }

    /// Takes up whose grants do not open for a device. It may name whomever it likes, also who does
    /// not exist: the lowest ids are kept of too many, in whatever order they come.
    pub fn learn_ask(&mut self, device: DeviceId, from: impl Iterator<Item = DeviceId>) {
        let named = self.asked.entry(device).or_default();
        for author in from.filter(|author| *author != device) {
            named.insert(author);
            if named.len() > MAX_NAMED {
                named.pop_last();
            }
        }
    }

    /// Whose grants do not open here, and have not been named so yet: as many as one entry names.
    #[must_use]
    pub fn not_opened_from(&self, own: &DeviceId) -> BTreeSet<DeviceId> {
        let named = self.asked.get(own);
        if named.is_some_and(|named| named.len() >= MAX_NAMED) {
            return BTreeSet::new();
        }
        let news = self.not_opened.iter();
        let news = news.filter(|author| named.is_none_or(|named| !named.contains(author)));
        news.take(MAX_GRANTS_PER_SET).copied().collect()
    }

    /// Whether a device says that grants of another do not open for it: who is named so need not
    /// grant to it any more.
    #[must_use]
    pub fn is_named_by(&self, device: &DeviceId, author: &DeviceId) -> bool {
        self.asked.get(device).is_some_and(|named| named.contains(author))
    }

    /// Whether a device has an epoch from somebody whose grants open for it, as far as it says.
    fn is_served(&self, epoch: &Epoch, device: &DeviceId) -> bool {
        let by = epoch.granted.get(device).into_iter().flatten();
        { by }.any(|author| !self.is_named_by(device, author))
    }

    /// Opens what can be opened from an epoch on; returns all that is newly held, itself included
    /// when it is held.
    fn follow_links(&mut self, circle: &CircleId, from: EpochId) -> Vec<EpochId> {
        let mut learned = Vec::new();
        let mut queue = vec![from];
        while let Some(id) = queue.pop() {
            let Some(epoch) = self.epochs.get_mut(&id) else { continue };
            let Some(secret) = epoch.secret.clone() else { continue };
            learned.push(id);
            let links =
                std::mem::take(&mut epoch.links).into_values().flat_map(BTreeMap::into_values);
            let opened: Vec<(EpochId, EpochSecret)> = links
                .filter_map(|link| Some((link.previous, link.open(circle, &secret).ok()?)))
                .collect();
            epoch.opened.extend(opened.iter().map(|(previous, _secret)| *previous));
            for (previous, secret) in opened {
                let earlier = self.epochs.entry(previous).or_default();
                if earlier.secret.is_none() {
                    earlier.secret = Some(secret);
                    queue.push(previous);
                }
            }
        }
        learned
    }

    /// Under which epoch a device writes: of those that it holds, that were made since the last
    /// removal (at depth `least`: grants to the removed may be on their way to us still) and that
    /// no known device can open that may not read, the one with the deepest decision, then the lowest id.
    /// Where joiners see no history, everybody who may read must have it from the beginning:
    /// granting it to somebody later would show what was written under it before.
    #[must_use]
    pub fn current(
        &self,
        (recipients, is_known): Recipients<'_>,
        history: HistoryRule,
        least: u32,
        depth: impl Fn(&StatementId) -> Option<u32>,
    ) -> Current {
        let mut fitting = self.closed((recipients, is_known));
        fitting.retain(|id| self.secret(id).is_some());
        if history == HistoryRule::FromJoin {
            for device in recipients {
                let opened = self.opened_by(|id| id == device && is_known(id));
                fitting.retain(|id| opened.contains(id));
            }
        }
        self.newest(fitting, least, depth).map_or(Current::Mint, Current::Use)
    }

    /// Under which epoch a device deposits that may not read, and the key to seal to: among those of
    /// which one of `told_by` told a key, by the same rules as [`Self::current`]. It depends on
    /// entries alone and on no secret, so that who reads computes what who deposits will do.
    #[must_use]
    pub fn deposit_to(
        &self,
        (recipients, is_known): Recipients<'_>,
        told_by: &BTreeSet<DeviceId>,
        least: u32,
        depth: impl Fn(&StatementId) -> Option<u32>,
    ) -> Option<(EpochId, &ReceivingPublicKey)> {
        let strange = |id: &DeviceId| is_known(id) && !recipients.contains(id);
        let open = self.epochs.iter().filter(|(_id, epoch)| epoch.holders.iter().any(strange));
        let mut queue: Vec<EpochId> = open.map(|(id, _epoch)| *id).collect();
        let mut opened_by_others = BTreeSet::new();
        while let Some(id) = queue.pop() {
            if opened_by_others.insert(id) {
                queue.extend(self.epochs.get(&id).into_iter().flat_map(|epoch| &epoch.claimed));
            }
        }
        let fitting = self.epochs.keys().filter(|id| !opened_by_others.contains(id)).copied();
        let fitting = fitting.filter(|id| self.deposit_key(id, told_by).is_some()).collect();
        let epoch = self.newest(fitting, least, depth)?;
        Some((epoch, self.deposit_key(&epoch, told_by)?))
    }

    /// What deposits in an epoch are sealed to, as the lowest of these says.
    #[must_use]
    pub fn deposit_key(
        &self,
        epoch: &EpochId,
        told_by: &BTreeSet<DeviceId>,
    ) -> Option<&ReceivingPublicKey> {
        let told = &self.epochs.get(epoch)?.deposit_keys;
        told.iter().find(|(author, _key)| told_by.contains(author)).map(|(_author, key)| key)
    }

    /// Who told a key that is not the epoch's, of the epochs whose secrets are held.
    #[must_use]
    pub fn false_deposit_keys(&self) -> BTreeSet<DeviceId> {
        let mut liars = BTreeSet::new();
        for epoch in self.epochs.values().filter(|epoch| !epoch.deposit_keys.is_empty()) {
            let Some(secret) = &epoch.secret else { continue };
            let right = secret.deposit_key().public();
            let wrong = epoch.deposit_keys.iter().filter(|(_author, key)| **key != right);
            liars.extend(wrong.map(|(author, _key)| *author));
        }
        liars
    }

    /// Notes that a device may have an epoch's secret, which it does not open.
    pub fn note_holder(&mut self, epoch: EpochId, device: DeviceId) {
        self.epochs.entry(epoch).or_default().holders.insert(device);
    }

    /// Epochs that no known device can open that may not read.
    fn closed(&self, (recipients, is_known): Recipients<'_>) -> BTreeSet<EpochId> {
        let opened_by_others = self.opened_by(|id| is_known(id) && !recipients.contains(id));
        self.epochs.keys().filter(|id| !opened_by_others.contains(id)).copied().collect()
    }

    /// The one with the deepest decision, at depth `least` at least, then the lowest id.
    fn newest(
        &self,
        epochs: BTreeSet<EpochId>,
        least: u32,
        depth: impl Fn(&StatementId) -> Option<u32>,
    ) -> Option<EpochId> {
        let newest = epochs
            .into_iter()
            .filter_map(|id| Some((self.depth(&id, &depth)?, Reverse(id))))
            .filter(|(depth, _id)| *depth >= least)
            .max();
        newest.map(|(_depth, Reverse(id))| id)
    }

    fn depth(&self, epoch: &EpochId, depth: impl Fn(&StatementId) -> Option<u32>) -> Option<u32> {
        self.epochs.get(epoch)?.decisions.iter().filter_map(depth).max()
    }

    /// All epochs of which whoever is meant may read what is written under them: those that they
    /// hold, and those to which links are said to lead from there.
    fn opened_by(&self, is_meant: impl Fn(&DeviceId) -> bool) -> BTreeSet<EpochId> {
        let held = self.epochs.iter().filter(|(_id, epoch)| epoch.holders.iter().any(&is_meant));
        let mut queue: Vec<EpochId> = held.map(|(id, _epoch)| *id).collect();
        let mut opened = BTreeSet::new();
        while let Some(id) = queue.pop() {
            if opened.insert(id) {
                let links = self.epochs.get(&id).into_iter();
                queue.extend(links.flat_map(|epoch| epoch.opened.iter().chain(epoch.links.keys())));
            }
        }
        opened
    }

    /// What we hold and a device cannot open, as few grants as make it so: newest first, leaving
    /// out what the links of a granted one lead to. Only for circles that show joiners all history.
    #[must_use]
    pub fn missing_for(
        &self,
        device: &DeviceId,
        depth: impl Fn(&StatementId) -> Option<u32>,
    ) -> Vec<EpochId> {
        let mut reachable = BTreeSet::new();
        for (id, epoch) in &self.epochs {
            if self.is_served(epoch, device) {
                self.reach(*id, &mut reachable);
            }
        }
        let mut held: Vec<_> = self.held().map(|id| (self.depth(&id, &depth), id)).collect();
        held.sort_by(|a, b| b.cmp(a));
        let mut missing = Vec::new();
        for (_depth, id) in held {
            if !reachable.contains(&id) {
                missing.push(id);
                self.reach(id, &mut reachable);
            }
        }
        self.within_shares(self.without_the_reached(&missing))
    }

    /// Leaves out what others of these epochs lead to: of those made at one depth, the order says
    /// nothing of which links to which. None leads to one after it, so one pass from the end does.
    fn without_the_reached(&self, epochs: &[EpochId]) -> Vec<EpochId> {
        let mut reached = BTreeSet::new();
        let mut kept = Vec::new();
        for id in epochs.iter().rev() {
            if !reached.contains(id) {
                kept.push(*id);
                self.reach(*id, &mut reached);
            }
        }
        kept.reverse();
        kept
    }

    /// Leaves out what is more than the share of who made it: a member that makes very many epochs
    /// has others grant them on in portions, and holds up nobody else's. What is left out is next
    /// once these are granted.
    fn within_shares(&self, mut epochs: Vec<EpochId>) -> Vec<EpochId> {
        let mut turns = Turns::default();
        epochs.retain(|id| self.turn(id, &mut turns) < MAX_BACK_LINKS);
        epochs
    }

    /// How many epochs of its maker were met before this one, by entries that count; of who granted
    /// it, if nobody says to have made it. Of several, who may say so falsely, the one with the
    /// fewest is taken.
    fn turn(&self, id: &EpochId, turns: &mut Turns) -> usize {
        let mut makers = BTreeSet::new();
        if let Some(epoch) = self.epochs.get(id) {
            makers.extend(epoch.makers.iter().copied().map(Some));
            if makers.is_empty() {
                makers.extend(epoch.granted.values().flatten().copied().map(Some));
            }
        }
        let met = |maker: Option<DeviceId>| (turns.get(&maker).copied().unwrap_or(0), maker);
        let (turn, maker) = makers.into_iter().map(met).min().unwrap_or_else(|| met(None));
        turns.insert(maker, turn.saturating_add(1));
        turn
    }

    /// Adds an epoch and all that its links lead to.
    fn reach(&self, from: EpochId, reached: &mut BTreeSet<EpochId>) {
        let mut queue = vec![from];
        while let Some(id) = queue.pop() {
            if reached.insert(id) {
                queue.extend(self.epochs.get(&id).into_iter().flat_map(|epoch| &epoch.opened));
            }
        }
    }

    /// Held epochs to which no held epoch links: what a new one must link to. If they are too many,
    /// those who made them take turns: one that made very many pushes nobody else's aside.
    #[must_use]
    pub fn heads(&self) -> Vec<EpochId> {
        let linked: BTreeSet<EpochId> =
            self.epochs.values().flat_map(|epoch| epoch.opened.iter().copied()).collect();
        let heads = self.held().filter(|id| !linked.contains(id));
        let mut turns = Turns::default();
        let mut heads: Vec<_> = heads.map(|id| (self.turn(&id, &mut turns), id)).collect();
        heads.sort_unstable();
        heads.into_iter().map(|(_turn, id)| id).take(MAX_BACK_LINKS).collect()
    }

    /// Number of epochs that have been heard of.
    #[must_use]
    pub fn len(&self) -> usize {
        self.epochs.len()
    }

    /// Whether no epoch has been heard of.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.epochs.is_empty()
    }
}

#[cfg(test)]
mod tests;
