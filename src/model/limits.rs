//! Bounds on everything that a peer, a file or a request can make this program hold or do.
//!
//! Each is checked before memory is taken for the thing it bounds.

/// Bytes of one signed statement (manifest, genesis, proposal, approval, …), signature included.
pub const MAX_STATEMENT_BYTES: usize = 64 * 1024;
/// Statements that are kept of one circle.
pub const MAX_STATEMENTS_PER_CIRCLE: usize = 20_000;
/// Devices that one manifest certifies.
pub const MAX_DEVICES_PER_ORG: usize = 64;
/// Organisations in one circle.
pub const MAX_ORGS_PER_CIRCLE: usize = 512;
/// Circles that one node takes part in.
pub const MAX_CIRCLES: usize = 256;
/// Changes in one proposal.
pub const MAX_CHANGES_PER_PROPOSAL: usize = 64;
/// Logs named by one removal, revocation or suspension.
pub const MAX_CUT_OFFS: usize = 512;
/// Bytes of one entry: header, signature and sealed payloads.
pub const MAX_ENTRY_BYTES: usize = 1024 * 1024;
/// Payloads of one entry.
pub const MAX_PAYLOADS_PER_ENTRY: usize = 1024;
/// Bytes of one entry's header.
pub const MAX_HEADER_BYTES: usize = 512 + 48 * MAX_PAYLOADS_PER_ENTRY;
/// Entries in one run.
pub const MAX_ENTRIES_PER_RUN: usize = 1024;
/// Bytes of one frame that is not a run.
pub const MAX_CONTROL_FRAME_BYTES: usize = 64 * 1024;
/// Bytes of one frame: a run of one largest entry, with room for its envelope.
pub const MAX_FRAME_BYTES: usize = MAX_ENTRY_BYTES + 64 * 1024;
/// Bytes of one automerge change chunk (uncompressed form).
pub const MAX_CHANGE_BYTES: usize = 256 * 1024;
/// Logs of one circle that are kept.
pub const MAX_LOGS_PER_CIRCLE: usize = 10_000;
/// Logs of one device that are followed in a circle: of 32 lives. Else one device could name so
/// many lives that no log of others has room.
pub const MAX_LOGS_PER_DEVICE: usize = 96;
/// Child circles of one founder that a node takes up unasked.
pub const MAX_INTRODUCED_PER_FOUNDER: usize = 32;
/// Bytes of one text field of a record.
pub const MAX_FIELD_BYTES: usize = 64 * 1024;
/// Fields of one record.
pub const MAX_FIELDS_PER_RECORD: usize = 2_000;

// Sealed things.

/// Bytes of one sealed payload: an entry's, less what its header and signature may take.
pub const MAX_SEALED_PAYLOAD_BYTES: usize = MAX_ENTRY_BYTES - 64 * 1024;
/// Bytes of a keystore file.
pub const MAX_KEYSTORE_BYTES: usize = 16 * 1024;
/// Devices that one grant set grants to; larger circles take several sets.
pub const MAX_GRANTS_PER_SET: usize = 512;
/// Earlier epochs that one grant set links to: as many as were minted at once.
pub const MAX_BACK_LINKS: usize = 64;

// Logs and their exchange (`log`, `sync`).

/// Bytes of one run: of one largest entry, or of many small ones.
pub const MAX_RUN_BYTES: usize = MAX_ENTRY_BYTES;
/// Bytes that a header has for each payload that it names, at least.
pub const MIN_PAYLOAD_REF_BYTES: usize = 36;
/// Bytes of one proof of a fork: the headers of one run and one more header.
pub const MAX_FORK_PROOF_BYTES: usize = MAX_RUN_BYTES + MAX_HEADER_BYTES + 1024;

// Receipts (`log`, `sync`, `replica`).

/// Bytes of one receipt as it travels: it goes in a control frame. Logs that do not fit are left
/// out, those that grew longest ago first; 50 devices of two lives take about 10 KiB.
pub const MAX_RECEIPT_BYTES: usize = 60 * 1024;
/// Writers that one receipt names.
pub const MAX_WRITERS_PER_RECEIPT: usize = 1_500;
/// Receipts of devices of one organisation that are kept for a circle, in bytes.
pub const MAX_RECEIPT_BYTES_PER_ORG: usize = 512 * 1024;

// Replica.

/// Messages for people that are kept until somebody asks.
pub const MAX_REPORTS: usize = 256;
/// Bytes that the content of one payload may inflate to.
pub const MAX_INFLATED_BYTES: usize = 1024 * 1024;
/// Bytes that each byte of it may inflate to, on average: bounds what opening many payloads takes.
/// Records inflate to two or three times their size, rarely to more than five.
pub const MAX_INFLATION: usize = 8;
/// Changes in one payload.
pub const MAX_CHANGES_PER_PAYLOAD: usize = 1024;
// membership

/// Devices in one manifest: as many as fit a statement with their 1.5 KiB of keys and proofs.
pub const MAX_DEVICES_PER_MANIFEST: usize = 32;
/// Revocations in one manifest.
pub const MAX_REVOCATIONS_PER_MANIFEST: usize = 64;
/// Statements that one signing key may have in the set of a circle.
pub const MAX_STATEMENTS_PER_SIGNER: usize = 4_000;
/// Bytes of all statements that one circle's set takes of one signer: what 32 devices of one
/// organisation can fill leaves half of the set to the others, who may want to remove it.
pub const MAX_STATEMENT_BYTES_PER_SIGNER: usize = 1024 * 1024;
/// Bytes of statements of all stewards that are kept beside the general room of a circle's set.
pub const STEWARDS_ROOM_BYTES: usize = 64 * 1024 * 1024;
/// Most that one steward has of it for proposals, votes and suspensions, those on the accepted path
/// not counted.
pub const MAX_STEWARD_ROOM_BYTES: usize = 4 * 1024 * 1024;
/// A device may use this part of its organisation's own room (one in …).
pub const DEVICES_SHARE_OF_ROOM: usize = 4;
/// What a vote counts for in a steward's own room.
pub const VOTE_ROOM_BYTES: usize = 256;
/// Bytes of manifests and votes by root keys of all organisations beside the general room.
pub const ROOTS_ROOM_BYTES: usize = 64 * 1024 * 1024;
/// Most that one organisation has of it.
pub const MAX_ROOT_ROOM_BYTES: usize = 512 * 1024;
/// Statements for which there was no room whose ids are remembered, so that they are not asked for
/// at each meeting.
pub const MAX_REFUSED_STATEMENTS: usize = 20_000;
/// Admissions that one proposal adopts, double votes that it names, branches that it keeps.
pub const MAX_REFERENCES_PER_PROPOSAL: usize = 64;
/// Bytes of all statements of one circle.
pub const MAX_STATEMENT_SET_BYTES: usize = 64 * 1024 * 1024;

// evidence files

/// Bytes of one evidence file: a long recording, and what a field team can carry.
pub const MAX_BLOB_BYTES: u64 = 2 * 1024 * 1024 * 1024;
