//! One replica and a few others, with statements and runs carried between them by hand.

mod alerts;
mod bundles;
mod devices;
mod failing;
mod hostile;
mod keys;
mod kit;
mod liars;
mod quarantine;
mod receipts;
mod redteam;
mod restart;
mod room;
mod schemas;
