//! `ceiba man`

use std::{fs, path::PathBuf};

use clap::Args;

use crate::cli::{
    failure::{Failure, file_error},
    session::Session,
    tongue::help,
};

/// Write the man pages into a folder, or print the first one
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba man --out ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// Folder for one page a command
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let Some(folder) = self.out else {
            let mut page = Vec::new();
            clap_mangen::Man::new(help::command(session.ui.tongue())).render(&mut page)?;
            return session.ui.raw(&page);
        };
        fs::create_dir_all(&folder)
            .map_err(|error| file_error("error-cannot-make-folder", &folder, &error))?;
        clap_mangen::generate_to(help::command(session.ui.tongue()), &folder)
            .map_err(|error| file_error("error-cannot-write", &folder, &error))?;
        let given = [("file", folder.display().to_string().into())];
        session.ui.note(&session.ui.tongue().say("error-man-pages-in", &given));
        Ok(())
    }
}
