//! A peer that speaks the protocol and lies, against honest nodes: real engines over real
//! replicas, joined by queues, on a clock of their own.
//!
//! Each attack ends with the same questions: do the honest still agree, what did it cost them,
//! what did it cost the attacker, and what was told of it. Cost is counted, never timed.

mod bombs;
mod frames;
mod members;
mod strangers;
mod world;
