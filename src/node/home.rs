//! Making a home, and opening one.

pub(crate) mod device;

pub use device::{
    Accepted, Entering, RequestOptions, Requested, accept as accept_device,
    request as request_device,
};

use std::path::Path;

use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    api::{ApiError, ErrorKind},
    crypto::{
        DeviceKeys, Keystore, Label, Passphrase, RecoveryWords, Signed, StoreKey, WorkFactor,
    },
    membership::{
        Device, DeviceRole, Genesis, HistoryRule, Manifest, ManifestCore, VerifiedStatement,
        next_root_commitment,
    },
    model::{
        id::{CircleId, DeviceId, Incarnation, OrgId},
        text::is_hidden,
    },
    net,
    node::{clock, disk::DiskStorage, errors},
    replica::{Identity, Replica},
    store::Home,
};

/// Waits until the node that was told to stop has let go of its home: whether it did in a minute.
///
/// # Errors
/// When the home cannot be looked at.
pub fn comes_free(home: &Path) -> Result<bool, ApiError> {
    Ok(Home::comes_free(home)?)
}

/// What a new home is made of.
#[derive(Debug)]
pub struct InitOptions<'a> {
    /// The folder: must not exist, or be empty.
    pub home: &'a Path,
    /// The organisation's name.
    pub org: &'a str,
    /// The device's label.
    pub device: &'a str,
    /// Seals the keystore.
    pub passphrase: &'a Passphrase,
    /// What the passphrase costs to try.
    pub work: WorkFactor,
}

/// A new home.
#[derive(Debug)]
pub struct Initialised {
    /// The organisation.
    pub org: OrgId,
    /// Its first device.
    pub device: DeviceId,
    /// The device's libp2p peer id.
    pub peer_id: String,
    /// The recovery words, separated by spaces; shown once and kept nowhere.
    pub words: Zeroizing<String>,
}

/// What the node keeps of itself under [`SELF`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Own {
    /// The organisation's name.
    pub(crate) org_name: String,
    /// The device's label.
    pub(crate) device_label: String,
    /// The private circle.
    pub(crate) private: CircleId,
    /// This life of the home.
    pub(crate) incarnation: Incarnation,
    /// By which a copied or restored home is known.
    pub(crate) fingerprint: String,
    /// Digest of the damaged stretches of the journal when this life began.
    #[serde(default)]
    pub(crate) damage: String,
    /// The journal's newest segment at the last opening: one that is restored in place of it has
    /// another inode, where lock and folder keep theirs.
    #[serde(default)]
    pub(crate) segment: Option<Segment>,
    /// Number of the device's role as its certificate said, until the manifest is here; none for
    /// the organisation's first device.
    #[serde(default)]
    pub(crate) role: Option<u32>,
}

/// A file of the journal, and what tells it from a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Segment {
    name: String,
    inode: u64,
}

impl Segment {
    /// The newest one, if there is any.
    fn newest(home: &Path) -> Option<Self> {
        let entries = std::fs::read_dir(crate::store::HomePaths::new(home).journal()).ok()?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let name = names.filter(|name| name.ends_with(".seg")).max()?;
        Some(Self { inode: Self::inode_of(home, &name), name })
    }

    /// Whether it is there, and the same file.
    fn is_there(&self, home: &Path) -> bool {
        Self::inode_of(home, &self.name) == self.inode
    }

    fn inode_of(home: &Path, name: &str) -> u64 {
        inode(&crate::store::HomePaths::new(home).journal().join(name))
    }
}

/// Key of [`Own`].
pub(crate) const SELF: &str = "self";
/// Longest name of an organisation, a circle or a device, in bytes.
pub const MAX_NAME_BYTES: usize = 200;

/// Makes a home: keys, keystore, journal, the organisation's first manifest, its private circle.
///
/// The root key is made from the recovery words, signs the first manifest, and is forgotten.
///
/// # Errors
/// When the folder is not empty, a name does not fit, or the disk fails.
pub fn init(options: &InitOptions<'_>) -> Result<Initialised, ApiError> {
    check_name("the organisation's name", options.org)?;
    check_name("the device's label", options.device)?;
    let mut rng = clock::entropy();
    let words = RecoveryWords::generate(&mut rng);
    let root = words.root_key(0);
    let org = OrgId::new(root.verifying_key().to_bytes());
    let keys = DeviceKeys::generate(&mut rng);
    let store_key = StoreKey::generate(&mut rng);
    let home = Home::create(options.home)?;
    let keystore =
        Keystore { organisation: org, device: keys.clone(), store_key: store_key.clone() };
    home.write_keystore(&keystore.seal(options.passphrase, options.work)?)?;
    let statements = first_statements(org, &keys, &words, &mut rng)?;
    let private = statements.private;
    let storage = DiskStorage::open(home, &store_key)?;
    let incarnation = new_incarnation(&mut rng);
    let device = keys.device();
    let peer_id = net::peer_id(&keys.transport.verifying_key().to_bytes())
        .ok_or_else(|| errors::internal("the transport key has no peer id"))?;
    let mut replica = Replica::restore(Identity { org, keys, incarnation }, storage)?;
    replica.take_up(private);
    replica.storage_mut().anchor_mut().set_statements(statements.bytes.clone());
    replica.keep_statements(&private, statements.bytes);
    let own = Own {
        org_name: options.org.to_owned(),
        device_label: options.device.to_owned(),
        private,
        incarnation,
        fingerprint: fingerprint(options.home),
        damage: String::new(),
        segment: Segment::newest(options.home),
        role: None,
    };
    keep_own(&mut replica, &own)?;
    replica.into_storage().close()?;
    let words: Vec<&str> = words.words().collect();
    Ok(Initialised { org, device, peer_id, words: Zeroizing::new(words.join(" ")) })
}

struct First {
    private: CircleId,
    bytes: Vec<Vec<u8>>,
}

/// The organisation's first manifest and its private circle's genesis.
fn first_statements(
    org: OrgId,
    keys: &DeviceKeys,
    words: &RecoveryWords,
    rng: &mut impl CryptoRng,
) -> Result<First, ApiError> {
    let root = words.root_key(0);
    let next_root = words.root_key(1).verifying_key().to_bytes();
    let public = keys.public();
    let device = Device::prove(
        &org,
        DeviceRole::Admin,
        &keys.signing,
        &keys.transport,
        public.receiving.as_bytes(),
    );
    let manifest = Manifest::new(ManifestCore {
        org,
        seq: 0,
        previous: None,
        root: root.verifying_key().to_bytes(),
        next_root: next_root_commitment(&next_root),
        devices: vec![device],
        revocations: Vec::new(),
        recovery_threshold: 0,
    });
    let manifest =
        manifest.sign(&root).map_err(|error| errors::internal(errors::sentence(&error)))?;
    let mut nonce = [0; 32];
    rng.fill_bytes(&mut nonce);
    let genesis = Genesis {
        nonce,
        parent: None,
        org,
        device: keys.device(),
        stewards: [org].into(),
        members: [].into(),
        approvals: 0,
        break_glass: [].into(),
        history: HistoryRule::All,
        custodians: [].into(),
    };
    let genesis = Signed::sign(&keys.signing, genesis);
    let private = Genesis::circle(&genesis.id());
    let bytes = vec![
        VerifiedStatement::Manifest(manifest.into()).encode(),
        VerifiedStatement::Genesis(genesis.into()).encode(),
    ];
    Ok(First { private, bytes })
}

/// Opens a home: checks the passphrase, replays the journal, and begins a new incarnation if the
/// home was copied or restored from a backup.
///
/// # Errors
/// When there is no home, another process has it, the passphrase is wrong, or the disk fails.
pub(crate) fn open(
    path: &Path,
    passphrase: &Passphrase,
) -> Result<(Replica<DiskStorage>, Own), ApiError> {
    let home = Home::open(path)?;
    let sealed = home.read_keystore()?.ok_or_else(|| {
        ApiError::new(
            ErrorKind::Locked,
            "the home has no keystore: it was wiped, or never finished",
        )
        .hint(
            "restore keystore.age from a backup of the home; without it nothing in the home can be \
             read: make a new home with `ceiba init` and ask your partners for an invite",
        )
    })?;
    let keystore = Keystore::open(&sealed, passphrase)?;
    let storage = DiskStorage::open(home, &keystore.store_key)?;
    let mut rng = clock::entropy();
    // A life of its own until the journal tells which life this is.
    let incarnation = new_incarnation(&mut rng);
    let identity = Identity { org: keystore.organisation, keys: keystore.device, incarnation };
    let mut replica = Replica::restore(identity, storage)?;
    let anchor = replica.storage().anchor();
    let own = replica.local(SELF).and_then(|bytes| serde_json::from_slice::<Own>(bytes).ok());
    let own = own.or_else(|| serde_json::from_str(&anchor.own).ok());
    let waits = own.is_none().then(|| device::not_yet(&replica)).flatten();
    if let Some(told) = waits {
        replica.into_storage().close()?;
        return Err(told);
    }
    let mut own = own.ok_or_else(|| {
        ApiError::new(ErrorKind::Storage, "neither journal nor anchor say who this node is").hint(
            "restore the home from a backup; a home that was never finished is made again with \
             `ceiba init` in another folder",
        )
    })?;
    replica.keep_copies_of(own.private);
    // Those of which nothing may have come yet.
    let named: Vec<CircleId> = replica
        .locals(device::CIRCLE_PREFIX)
        .filter_map(|(name, _)| name.strip_prefix(device::CIRCLE_PREFIX)?.parse().ok())
        .collect();
    named.into_iter().for_each(|circle| replica.take_up(circle));
    let fingerprint = fingerprint(path);
    let storage = replica.storage();
    let damaged = storage.damaged();
    // Entries of ours that partners have may be among what is gone: to write others in their
    // places would be a fork, for which partners freeze our log for good.
    let lost = damaged != own.damage || storage.has_lost_end();
    let same = fingerprint == own.fingerprint
        && own.segment.as_ref().is_none_or(|segment| segment.is_there(path));
    let segment = Segment::newest(path);
    let grown = own.segment != segment;
    own.segment = segment;
    let why = match (same, lost) {
        (true, false) => {
            replica.set_incarnation(own.incarnation);
            if grown {
                keep_own(&mut replica, &own)?;
            }
            return Ok((replica, own));
        }
        (true, true) => "the journal is damaged",
        (false, _) => "this home was copied or restored from a backup",
    };
    (own.fingerprint, own.incarnation, own.damage) = (fingerprint, incarnation, damaged);
    replica.report(format!("{why}: it writes in new logs from now on"));
    take_from_anchor(&mut replica, own.private)?;
    keep_own(&mut replica, &own)?;
    Ok((replica, own))
}

/// Takes from the anchor what the journal lost and partners cannot give.
fn take_from_anchor(replica: &mut Replica<DiskStorage>, private: CircleId) -> Result<(), ApiError> {
    let anchor = replica.storage().anchor().clone();
    for circle in anchor.circles.iter().copied().chain([private]) {
        replica.take_up(circle);
    }
    replica.keep_statements(&private, anchor.statements());
    for (name, value) in anchor.locals() {
        if replica.local(name).is_none() {
            replica.set_local(name, value)?;
        }
    }
    Ok(())
}

/// Notes for the anchor what partners could not give again.
pub(crate) fn note_in_anchor(replica: &mut Replica<DiskStorage>, private: &CircleId) {
    let mut anchor = replica.storage().anchor().clone();
    anchor.circles = replica.circle_ids().collect();
    let statements: Vec<Vec<u8>> =
        replica.statements(private).map(VerifiedStatement::encode).collect();
    if !statements.is_empty() {
        anchor.set_statements(statements);
    }
    if let Some(own) = replica.local(SELF).and_then(|own| std::str::from_utf8(own).ok()) {
        own.clone_into(&mut anchor.own);
    }
    anchor.set_locals(replica.locals("").filter(|(name, _value)| *name != SELF));
    *replica.storage_mut().anchor_mut() = anchor;
}

/// Keeps what the node knows of itself, in the journal and beside it.
pub(crate) fn keep_own(replica: &mut Replica<DiskStorage>, own: &Own) -> Result<(), ApiError> {
    let text = serde_json::to_string(own).map_err(|error| errors::internal(error.to_string()))?;
    replica.set_local(SELF, text.clone().into_bytes())?;
    Ok(replica.storage_mut().keep_anchor(text)?)
}

/// A name for a new life of a home.
pub(crate) fn new_incarnation(rng: &mut impl CryptoRng) -> Incarnation {
    let mut bytes = [0; Incarnation::LEN];
    rng.fill_bytes(&mut bytes);
    Incarnation::new(bytes)
}

/// What tells this home from its copies: the machine, and the inodes of files that are made once
/// and never replaced. A copied folder has others; a backup that is restored in place has not, see
/// [`Own::segment`]. (A snapshot of a whole
/// machine has not: that is found when partners hold more of our log than we do.)
fn fingerprint(home: &Path) -> String {
    let paths = crate::store::HomePaths::new(home);
    let machine = std::fs::read("/etc/machine-id").unwrap_or_default();
    let mut parts: Vec<Vec<u8>> = vec![machine];
    for path in [paths.lock(), paths.journal()] {
        parts.push(inode(&path).to_le_bytes().to_vec());
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    data_encoding::HEXLOWER.encode(&Label::Index.hash(&parts))
}

#[cfg(unix)]
fn inode(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;

    std::fs::metadata(path).map_or(0, |metadata| metadata.ino() ^ metadata.dev().rotate_left(32))
}

#[cfg(not(unix))]
fn inode(path: &Path) -> u64 {
    let created = std::fs::metadata(path).and_then(|metadata| metadata.created()).ok();
    let since = created.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    since.and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}

/// Checks a name that people give.
pub(crate) fn check_name(what: &str, name: &str) -> Result<(), ApiError> {
    let fits =
        !name.trim().is_empty() && name.len() <= MAX_NAME_BYTES && !name.chars().any(is_hidden);
    if fits {
        return Ok(());
    }
    Err(errors::usage(format!("{what} must be 1 to {MAX_NAME_BYTES} bytes of printable text")))
}
