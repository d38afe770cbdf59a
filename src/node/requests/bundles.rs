//! What the actor gives to bundles and takes from them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use rand::Rng;

use crate::{
    api::{ApiError, bundle::Maker},
    crypto::{DeviceKeys, ReceivingPublicKey},
    membership::Membership,
    model::{
        id::{CircleId, DeviceId, Lane, OrgId},
        time::Timestamp,
    },
    node::{
        Node,
        bundles::series::{MAX_SERIES_OF_ONE, Series as Came},
        clock, errors, ticket,
    },
    replica::{Storage as _, Tree},
    sync::{
        Input, Replica,
        bundle::{
            Export, Import, Item, PartInfo, Preface, Recipient, Series, Stopped,
            import::MAX_JOIN_REQUESTS, item::MAX_JOIN_REQUEST_BYTES, plan,
        },
    },
};

/// Least characters of a prefix that names a device.
const MIN_PREFIX: usize = 4;

/// What is to be written.
pub(in crate::node) struct Planned {
    /// What goes to the same devices, and what is said of it.
    pub(in crate::node) series: Vec<(PlannedSeries, About)>,
    /// Recipients that may have nothing of it.
    pub(in crate::node) nothing_for: Vec<String>,
    pub(in crate::node) keys: DeviceKeys,
    pub(in crate::node) org: OrgId,
    pub(in crate::node) made: Timestamp,
}

/// What goes to the same devices.
pub(in crate::node) struct PlannedSeries {
    series: Series,
    export: Export,
}

/// What is said of a series, and to whom it is sealed.
pub(in crate::node) struct About {
    pub(in crate::node) id: [u8; 16],
    pub(in crate::node) recipients: Vec<(DeviceId, ReceivingPublicKey)>,
    pub(in crate::node) orgs: Vec<String>,
    org_ids: BTreeSet<OrgId>,
    pub(in crate::node) circles: Vec<String>,
}

/// A request to join that is carried.
struct Carried {
    bytes: Vec<u8>,
    /// Who handed out its ticket, if that is known here.
    inviter: Option<OrgId>,
}

impl About {
    fn is_for_only(&self, org: &OrgId) -> bool {
        self.org_ids.len() == 1 && self.org_ids.contains(org)
    }
}

/// An item as it is written, and what people are told of it.
pub(in crate::node) struct Encoded {
    pub(in crate::node) bytes: Vec<u8>,
    pub(in crate::node) entries: u64,
    pub(in crate::node) statements: u64,
}

impl Encoded {
    fn of(item: Item) -> Self {
        let (entries, statements) = (item.entries(), item.statements());
        Self { bytes: item.encode(), entries, statements }
    }
}

/// The next items of a series.
pub(in crate::node) struct Portion {
    /// With which a part begins.
    pub(in crate::node) opening: Vec<Encoded>,
    /// None when there are no more.
    pub(in crate::node) items: Vec<Encoded>,
    /// Entries that could not be read so far.
    pub(in crate::node) unread: u64,
    /// Circles of which not all went so far, since rights ended.
    pub(in crate::node) ended: Vec<String>,
}

/// What came of some items of a part.
pub(in crate::node) struct Taken {
    pub(in crate::node) import: Import,
    pub(in crate::node) stopped: Option<Stopped>,
    /// Circles that this node takes part in since.
    pub(in crate::node) joined: Vec<CircleId>,
}

impl Node {
    /// Who is to get what.
    pub(in crate::node) fn plan_bundles(
        &mut self,
        to: &[String],
        circle: Option<&str>,
        max_bytes: u64,
        since_receipt: bool,
        join_requests: &[String],
    ) -> Result<Planned, ApiError> {
        let requests = self.carried(join_requests)?;
        let mut circles: Vec<CircleId> = match circle {
            Some(circle) => vec![self.find_circle(circle)?],
            None => self.replica.circle_ids().collect(),
        };
        // A circle inside a coalition is known only with it.
        circles.sort_by_key(|circle| self.known(circle).is_ok_and(|it| it.parent().is_some()));
        let mut wanted: BTreeMap<CircleId, BTreeSet<Recipient>> = BTreeMap::new();
        let mut nothing_for = Vec::new();
        for text in to {
            let found = self.recipients(text)?;
            for (circle, recipient) in found {
                wanted.entry(circle).or_default().insert(recipient);
            }
        }
        let named: BTreeSet<DeviceId> = wanted.values().flatten().map(|it| it.device).collect();
        let wanted: Vec<_> = circles
            .into_iter()
            .filter_map(|circle| Some((circle, wanted.get(&circle)?.clone())))
            .collect();
        for (circle, _devices) in &wanted {
            // Keys that they lack go with it, and how far we are.
            self.tend.remove(circle);
            self.tend_circle(circle);
            self.settle();
            self.replica.make_receipt_now(circle)?;
        }
        let series = plan(&self.replica, &wanted);
        let given: BTreeSet<DeviceId> =
            series.iter().flat_map(|it| &it.recipients).map(|it| it.device).collect();
        for device in named.difference(&given) {
            nothing_for.push(self.recipient_label(device));
        }
        if series.is_empty() {
            return Err(errors::refused("none of them may have anything of what was asked for")
                .hint("whoever was removed, revoked or suspended gets no entries; `ceiba member list` shows who stands how")
                .named("bundle-for-nobody", &[]));
        }
        let series = self.exports(series, max_bytes, since_receipt, &requests)?;
        for (planned, about) in &series {
            // Whose receiving key is none: no file can be made for it.
            let sealed = |to: &DeviceId| about.recipients.iter().any(|(device, _)| device == to);
            let others = planned.series.recipients.iter().filter(|to| !sealed(&to.device));
            nothing_for.extend(others.map(|to| self.recipient_label(&to.device)));
        }
        let identity = self.replica.identity();
        let (keys, org) = (identity.keys.clone(), identity.org);
        Ok(Planned { series, nothing_for, keys, org, made: clock::now() })
    }

    /// Requests to join as they are carried.
    fn carried(&self, texts: &[String]) -> Result<Vec<Carried>, ApiError> {
        if texts.len() > MAX_JOIN_REQUESTS {
            return Err(errors::usage(format!(
                "a bundle carries at most {MAX_JOIN_REQUESTS} requests to join"
            )));
        }
        let unreadable = || errors::usage("a request to join is not readable");
        let read = |text: &String| {
            let bytes = ticket::file_bytes(text)?;
            let request = ticket::verified_request(&bytes).ok_or_else(unreadable)?;
            if bytes.len() > MAX_JOIN_REQUEST_BYTES {
                return Err(errors::usage("a request to join is too large to be carried"));
            }
            let membership = self.replica.membership(&request.circle);
            let invite = membership.and_then(|it| it.invites().get(&request.invite));
            Ok(Carried { bytes, inviter: invite.map(|invite| invite.inviter) })
        };
        texts.iter().map(read).collect()
    }

    /// What goes into each series. Who asks to join is told to the inviter alone.
    fn exports(
        &mut self,
        series: Vec<Series>,
        max_bytes: u64,
        since_receipt: bool,
        requests: &[Carried],
    ) -> Result<Vec<(PlannedSeries, About)>, ApiError> {
        let abouts: Vec<About> = series.iter().map(|series| self.about(series)).collect();
        let all: BTreeSet<OrgId> = abouts.iter().flat_map(|it| it.org_ids.clone()).collect();
        let mut left: BTreeSet<&Vec<u8>> = requests.iter().map(|request| &request.bytes).collect();
        let mut planned = Vec::new();
        for (series, about) in series.into_iter().zip(abouts) {
            // Where the ticket is not known here, who carries the request says whose it is.
            let is_for = |request: &&Carried| match request.inviter {
                Some(inviter) => about.is_for_only(&inviter),
                None => all.len() == 1,
            };
            let mine: Vec<Vec<u8>> =
                requests.iter().filter(is_for).map(|request| request.bytes.clone()).collect();
            for bytes in &mine {
                left.remove(bytes);
            }
            let export = Export::new(&self.replica, &series, max_bytes, since_receipt, &mine);
            planned.push((PlannedSeries { series, export }, about));
        }
        if left.is_empty() {
            return Ok(planned);
        }
        Err(errors::refused("a request to join goes to its inviter alone")
            .hint("make a bundle with --join-request for the inviter's organisation by itself"))
    }

    fn about(&mut self, series: &Series) -> About {
        let mut id = [0; 16];
        self.rng.fill_bytes(&mut id);
        let mut orgs = BTreeSet::new();
        let mut recipients = Vec::new();
        for recipient in &series.recipients {
            let of = |share: &crate::sync::bundle::Share| {
                let membership = self.replica.membership(&share.circle)?;
                let state = membership.device(&recipient.device)?;
                let key = ReceivingPublicKey::from_bytes(state.device.receiving.as_ref()).ok()?;
                Some((state.org, key))
            };
            if let Some((org, key)) = series.shares.iter().find_map(of) {
                orgs.insert(org);
                recipients.push((recipient.device, key));
            }
        }
        let shares: BTreeSet<CircleId> = series.shares.iter().map(|share| share.circle).collect();
        About {
            id,
            recipients,
            orgs: orgs.iter().map(|org| self.org_label(org)).collect(),
            org_ids: orgs,
            circles: shares.iter().map(|circle| self.circle_label(circle)).collect(),
        }
    }

    /// The devices that a person means, in each circle where they are: all of an organisation, or
    /// one by the beginning of its id. Never this device.
    fn recipients(&self, text: &str) -> Result<Vec<(CircleId, Recipient)>, ApiError> {
        let (mut orgs, mut devices) = (BTreeSet::new(), BTreeSet::new());
        let (mut own, mut ambiguous) = (false, None);
        for circle in self.replica.circle_ids() {
            match self.find_org(&circle, text) {
                Ok(org) => drop(orgs.insert(org)),
                Err(error) if error.code.as_deref() == Some("several-organisations") => {
                    ambiguous = Some(error);
                }
                Err(_not_in_this_circle) => {}
            }
            let known = self.replica.membership(&circle).into_iter().flat_map(Membership::devices);
            let prefixed = |device: &DeviceId| {
                text.len() >= MIN_PREFIX && device.to_string().starts_with(text)
            };
            devices.extend(known.map(|(device, _)| *device).filter(prefixed));
        }
        if orgs.len().saturating_add(devices.len()) > 1 {
            return Err(errors::not_found(format!("{text:?} names several recipients"))
                .hint("use the id that `ceiba member list` shows")
                .named("several-organisations", &[("name", text)]));
        }
        if let Some(error) = ambiguous {
            return Err(error);
        }
        let mut found = Vec::new();
        for circle in self.replica.circle_ids() {
            let known = self.replica.membership(&circle).into_iter().flat_map(Membership::devices);
            for (device, state) in known {
                let meant = devices.contains(device) || orgs.contains(&state.org);
                own |= meant && *device == self.device();
                // What a dropbox does not know of cannot be seized with it.
                let told = state.device.role.reads() || circle == self.own.private;
                if meant && told && *device != self.device() {
                    let transport = state.device.transport;
                    found.push((circle, Recipient { device: *device, transport }));
                }
            }
        }
        if found.is_empty() && own {
            return Err(errors::usage("a bundle for this device itself makes no sense")
                .named("bundle-for-oneself", &[]));
        }
        if found.is_empty() {
            return Err(errors::not_found(format!("no organisation or device {text:?} is known"))
                .hint("`ceiba member list` shows names and ids")
                .named("no-organisation", &[("name", text)]));
        }
        Ok(found)
    }

    /// The next items of a series, about so many bytes.
    pub(in crate::node) fn bundle_portion(
        &self,
        planned: &mut PlannedSeries,
        max_bytes: usize,
    ) -> Portion {
        let opening = planned.export.opening(&self.replica, &planned.series);
        let opening = opening.into_iter().map(Encoded::of).collect();
        let mut portion = Portion { opening, items: Vec::new(), unread: 0, ended: Vec::new() };
        let mut bytes = 0_usize;
        while bytes < max_bytes {
            let Some(item) = planned.export.next(&self.replica) else { break };
            let encoded = Encoded::of(item);
            bytes = bytes.saturating_add(encoded.bytes.len());
            portion.items.push(encoded);
        }
        portion.unread = planned.export.unread();
        let ended = planned.export.ended().iter();
        portion.ended = ended.map(|circle| self.circle_label(circle)).collect();
        portion
    }

    /// Takes items of a part as if they had come over the network. At the end of a round of parts what
    /// was gathered of circles that are not known is tried as a whole.
    pub(in crate::node) fn take_from_bundle(
        &mut self,
        mut import: Import,
        items: Vec<Item>,
        ended: bool,
    ) -> Taken {
        let known: BTreeSet<CircleId> = self.replica.circle_ids().collect();
        let mut stopped = None;
        for item in items {
            if let Err(error) = import.take(&mut self.replica, item) {
                stopped = Some(error);
                break;
            }
        }
        if ended {
            import.finish(&mut self.replica);
        }
        let news = import.take_news();
        for (circle, added) in news.statements {
            self.statements_changed(circle);
            let added = added.into_iter().collect();
            self.input(Input::StatementsChanged { circle, added });
        }
        for (circle, log) in news.logs {
            self.input(Input::LocalAppended { circle, log });
            // A first key may have come, with which we can present ourselves.
            if log.lane == Lane::Control {
                self.statements_changed(circle);
            }
        }
        for (circle, log) in news.forks {
            self.take_fork(&circle, &log);
        }
        // Opened and shown before anybody is told; names of circles come with their keys.
        self.settle();
        let new = self.replica.circle_ids().filter(|circle| !known.contains(circle));
        let new: Vec<CircleId> = new.collect();
        if !new.is_empty() {
            self.let_members_in();
        }
        Taken { import, stopped, joined: new }
    }

    /// Grants a request to join that a bundle brought, if its ticket is good and ours.
    pub(in crate::node) fn admit_from_bundle(&mut self, bytes: &[u8]) -> Result<String, ApiError> {
        let (_circle, org) = self.admit_request(bytes)?;
        self.settle();
        Ok(self.org_label(&org))
    }

    /// The keys that open and sign bundles.
    pub(in crate::node) fn bundle_keys(&self) -> DeviceKeys {
        self.replica.identity().keys.clone()
    }

    /// The home's folder.
    pub(in crate::node) fn home_root(&self) -> PathBuf {
        self.replica.storage().home().paths().root().to_path_buf()
    }

    /// A circle for people: its name, or the beginning of its id.
    pub(in crate::node) fn circle_label(&self, circle: &CircleId) -> String {
        self.circle_name(circle).unwrap_or_else(|| circle.short())
    }

    fn recipient_label(&self, device: &DeviceId) -> String {
        let org = self.replica.circle_ids().find_map(|it| self.org_by_device(&it, device));
        org.map_or_else(
            || device.short(),
            |org| format!("{} ({})", self.org_label(&org), device.short()),
        )
    }

    /// How the maker of a bundle stands here.
    pub(in crate::node) fn standing_of_maker(&self, maker: &Preface) -> String {
        let mut known = false;
        for circle in self.replica.circle_ids() {
            known |= self.known(&circle).is_ok_and(|it| it.is_known(&maker.device));
            if self.replica.serves(&circle, &maker.device) {
                return "member".to_owned();
            }
        }
        if known { "out" } else { "unknown" }.to_owned()
    }

    /// The organisation of a bundle's maker, as a circle here certifies it.
    pub(in crate::node) fn org_of_maker(&self, maker: &Preface) -> Option<OrgId> {
        self.replica.circle_ids().find_map(|circle| self.org_by_device(&circle, &maker.device))
    }

    /// Remembers which parts of a series came; gives it with those that came before.
    pub(in crate::node) fn remember_parts(&mut self, series: Came) -> Came {
        let key = *series.device.as_bytes();
        let stored = self.replica.storage().get(Tree::Imports, &key);
        let mut all = stored.ok().flatten().map_or_else(Vec::new, |it| Came::decode_all(&it));
        let mut series = series;
        all.retain(|known| {
            let same = known.id == series.id;
            if same {
                series.add(known);
            }
            !same
        });
        all.sort_by_key(|known| std::cmp::Reverse(known.made));
        all.truncate(MAX_SERIES_OF_ONE);
        all.push(series.clone());
        let all = Came::encode_all(&all);
        if let Err(error) = self.replica.storage_mut().put(Tree::Imports, &key, Some(&all)) {
            tracing::warn!(%error, "which parts of bundles came is not remembered");
        }
        self.checkpoint_soon();
        series
    }

    /// Who made a bundle, for people.
    pub(in crate::node) fn maker(&self, info: &PartInfo) -> Maker {
        let preface = &info.preface;
        let org = self.org_of_maker(preface);
        Maker {
            device: preface.device,
            org,
            org_name: org.and_then(|org| self.org_name(&org)),
            standing: self.standing_of_maker(preface),
            made: preface.made,
            series: data_encoding::HEXLOWER.encode(&preface.series),
            part: preface.part.saturating_add(1),
            last: info.last,
        }
    }
}
