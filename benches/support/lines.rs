//! Lines of a file, read when they are wanted: the records themselves shall not count as memory of
//! the node.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom},
    ops::Range,
    path::Path,
};

use super::fields::Failure;

/// A file of lines.
pub(crate) struct Lines {
    file: File,
    /// Where each line begins, and where the file ends.
    starts: Vec<u64>,
}

impl Lines {
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let file = File::open(path)?;
        let (mut starts, mut at) = (vec![0], 0);
        let mut reader = BufReader::new(&file);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 {
            at += u64::try_from(line.len())?;
            starts.push(at);
            line.clear();
        }
        Ok(Self { file, starts })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Some of them.
    pub(crate) fn read(&self, range: Range<usize>) -> Result<Vec<String>, Failure> {
        let (Some(from), Some(to)) = (self.starts.get(range.start), self.starts.get(range.end))
        else {
            return Err("the file has not so many records".into());
        };
        let mut file = &self.file;
        file.seek(SeekFrom::Start(*from))?;
        let mut text = String::new();
        file.take(to.saturating_sub(*from)).read_to_string(&mut text)?;
        Ok(text.lines().map(str::to_owned).collect())
    }
}
