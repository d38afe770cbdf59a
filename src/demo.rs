//! `ceiba demo`: three partners on this computer found a coalition, share, disagree and part.
//!
//! Nothing here is a mock. Each partner has its own home, keys and libp2p node on loopback, and is
//! asked through the same [`Request`](crate::api::Request)s as a user's commands. Each chapter does
//! one thing, looks at the real state of the nodes, and notes what it found as a [`Claim`].
//!
//! ```text
//! Chapter::ALL ──play──▶ World { cast: three partners · claims · story · facts } ──▶ DemoReport
//! ```
//!
//! Reading order: `cast` (the partners), `chapter` (what happens, in order), `secrecy` and `views`
//! (who may see what), `report` (what comes out).

use std::time::Duration;

use crate::{
    api::{ApiError, Progress},
    node::clock,
};

mod ask;
mod cast;
mod chapter;
mod claims;
mod report;
mod secrecy;
mod views;
mod wait;
mod world;

use chapter::Chapter;
pub use claims::Claim;
pub use report::{DemoOptions, DemoPartner, DemoReport};
use world::World;

/// How long running tasks may still take when the demo is over.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// Plays the demo. A claim that does not hold is in the report; an error is a step that failed.
///
/// # Errors
/// When a step fails or takes longer than its limit; the message names the step.
pub fn run(
    options: &DemoOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<DemoReport, ApiError> {
    let began = clock::uptime();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| wait::broken(format!("the runtime did not start: {error}")))?;
    let mut world = World::new(options)?;
    let played = runtime.block_on(play(&mut world, progress));
    // Also after a failure, so that no node is cut off in the middle of a write.
    runtime.block_on(world.cast.stop_all());
    runtime.shutdown_timeout(SHUTDOWN);
    played?;
    Ok(world.into_report(clock::uptime().saturating_since(began)))
}

async fn play(world: &mut World, progress: &mut dyn FnMut(Progress)) -> Result<(), ApiError> {
    let total = Chapter::ALL.len() as u64;
    for (done, chapter) in (0_u64..).zip(Chapter::ALL) {
        progress(Progress::of(chapter.title(), done, total));
        wait::step(chapter.title(), chapter.play(world)).await?;
    }
    progress(Progress::of("done", total, total));
    Ok(())
}
