//! Bounds on what one peer can make us hold or do, and how long we wait.

use std::time::Duration;

/// Version of the exchange that we speak; one up or down is accepted.
pub const VERSION: u32 = 1;
/// Connections at a time.
pub const MAX_PEERS: usize = 256;
/// Connections at a time with one transport key (both sides may dial at once).
pub const MAX_CONNECTIONS_PER_PEER: usize = 2;
/// Tags of circles in one frame; also how many of our circles we show.
pub const MAX_SHOWN_CIRCLES: usize = 512;
/// The number of shown circles is filled up to a multiple of this with random ones.
pub const SHOWN_CIRCLES_STEP: usize = 8;
/// Ids in one list of statements. Sets up to this size are listed at once, larger ones by buckets.
pub const MAX_LISTED_STATEMENTS: usize = 1024;
/// Statements in one request.
pub const MAX_WANTED_STATEMENTS: usize = 512;
/// Bytes of statements in one frame, unless a single one is larger.
pub const STATEMENTS_FRAME_BYTES: usize = 48 * 1024;
/// Bytes of a frame that carries statements: one largest, with room for its envelope.
pub const MAX_STATEMENTS_FRAME_BYTES: usize = 65 * 1024;
/// Bytes of statements in one answer; the peer asks again for the rest.
pub const STATEMENTS_ANSWER_BYTES: usize = 256 * 1024;
/// Requests for statements that we keep open with one peer.
pub const MAX_ASKED_FOR_STATEMENTS: usize = 4;
/// Positions in one frame.
pub const MAX_LISTED_POSITIONS: usize = 400;
/// Frontiers up to this size are sent at once, larger ones by buckets: 2 KB for the digests and
/// half a round trip more, instead of 115 bytes for each log.
pub const MAX_FRONTIER_AT_ONCE: usize = 48;
/// Positions of logs that we remember of one peer, over all circles.
pub const MAX_POSITIONS_PER_PEER: usize = 50_000;
/// Statements that a peer may have listed and we not yet got, over all circles.
pub const MAX_LACKING_STATEMENTS: usize = 50_000;
/// Bytes that a run is filled up to when it is read for a peer on a fast link.
pub const RUN_BYTES: usize = 128 * 1024;
/// Bytes of a frame with a part of a run.
pub const MAX_PART_FRAME_BYTES: usize = RUN_BYTES + 1024;
/// Bytes of parts of runs that have not all come, of all peers together. They outlive sessions.
pub const MAX_HELD_PART_BYTES: usize = 16 * 1024 * 1024;
/// Sets of statements up to this size are listed at once on a slow or metered link; larger ones go
/// by digests, which take 2 KB.
pub const SLOW_LISTED_STATEMENTS: usize = 96;
/// Bytes of entries that we send without an acknowledgement, and that we offer to take.
pub const WINDOW_BYTES: u64 = 1024 * 1024;
/// Requests for entries that we keep open with one peer.
pub const MAX_PULLS_PER_PEER: usize = 32;
/// Requests for entries or statements that a peer may keep open with us.
pub const MAX_OPEN_WANTS: usize = 64;
/// Time-outs of requests without progress in between after which a peer is closed.
pub const MAX_STALLS: u32 = 3;
/// Circles that a peer may introduce in one session.
pub const MAX_INTRODUCTIONS: usize = 256;

/// Statements that an unknown peer that dialled us may bring in one session.
pub const MAX_STRANGER_STATEMENTS: usize = 64;
/// Bytes of all frames of an unknown peer that dialled us.
pub const MAX_STRANGER_BYTES: u64 = 512 * 1024;

/// Control frames that a peer may send at once.
pub const FRAMES_BURST: u64 = 4096;
/// Control frames that a peer may send each second, over time.
pub const FRAMES_PER_SECOND: u64 = 1024;
/// Bytes of control frames that a peer may send at once.
pub const BYTES_BURST: u64 = 16 * 1024 * 1024;
/// Bytes of control frames that a peer may send each second, over time.
pub const BYTES_PER_SECOND: u64 = 1024 * 1024;
/// Signatures that a peer may make us check at once: a first sync of a full circle.
pub const SIGNATURES_BURST: u64 = 50_000;
/// Signatures that a peer may make us check each second, over time (35 µs each).
pub const SIGNATURES_PER_SECOND: u64 = 2_000;

/// Answers with statements that we ask a peer for at once. After each a membership is worked out
/// again; a first sync of a full circle takes as many.
pub const ANSWERS_BURST: u64 = 256;
/// Answers with statements that we ask a peer for each second, over time.
pub const ANSWERS_PER_SECOND: u64 = 2;

/// How long a peer may take to say hello: on 2G the largest takes 10 s.
pub const HELLO_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a session stays without any circle in common.
pub const GRACE: Duration = Duration::from_secs(30);
/// How often a peer is told of one growing log.
pub const ANNOUNCE_EVERY: Duration = Duration::from_millis(25);
/// How often a peer is told of one growing log of records, if either side is metered.
pub const METERED_ANNOUNCE_EVERY: Duration = Duration::from_secs(60);
/// Frontiers up to this size are sent at once if either side is metered: they take no more than
/// the digests of larger ones.
pub const METERED_FRONTIER_AT_ONCE: usize = 16;
/// How long a peer may stay without progress on any request before another is asked.
pub const PULL_TIMEOUT: Duration = Duration::from_secs(20);
/// How long one peer may take for one request in all while another could serve it.
pub const PULL_TURN: Duration = Duration::from_secs(120);
/// How long a peer is not asked again for what it did not give.
pub const COOLING: Duration = Duration::from_secs(60);
/// How long a metered peer is not asked for a log while another could give it, and does not.
pub const SPARED: Duration = Duration::from_secs(300);

/// Receipts in one list.
pub const MAX_LISTED_RECEIPTS: usize = 1024;
/// Receipts in one request, and in one frame of its answer.
pub const MAX_WANTED_RECEIPTS: usize = 256;
/// Bytes of receipts in one frame, unless a single one is larger.
pub const RECEIPTS_FRAME_BYTES: usize = 48 * 1024;
/// Bytes of receipts in one answer; the peer asks again for the rest.
pub const RECEIPTS_ANSWER_BYTES: usize = 256 * 1024;
/// How long nothing must have come in a circle before a receipt of it is made.
pub const RECEIPT_QUIET: Duration = Duration::from_secs(2);
/// How long after one receipt of a circle the next is made at the earliest.
pub const RECEIPT_PAUSE: Duration = Duration::from_secs(10);
/// The same when a partner connects: the session may be short, and the next far off.
pub const RECEIPT_PAUSE_ON_CONTACT: Duration = Duration::from_secs(5);
/// How long after the first entry that it would tell of a receipt is made at the latest, while more
/// come all the time.
pub const RECEIPT_AT_LATEST: Duration = Duration::from_secs(60);
/// How often a peer is told of receipts of others.
pub const RECEIPT_LIST_EVERY: Duration = Duration::from_secs(1);
