//! A file of lines that makes room for the next when it is full.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::place::is_at;

/// Bytes that are written at once at most, unless one line has more.
const PIECE: u64 = 256 * 1024;

#[derive(Debug)]
pub(super) struct Rotating {
    pub(super) path: PathBuf,
    pub(super) max_size: u64,
    pub(super) max_files: u32,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// How many bytes it has.
    size: u64,
    /// Whether the file can be cut and renamed; a pipe or a device cannot.
    is_regular: bool,
    /// Whether it has lines of this run.
    is_begun: bool,
    /// Whether a cut line stands at its end.
    is_torn: bool,
}

#[derive(Default)]
struct Piece {
    bytes: Vec<u8>,
    lines: u64,
}

impl Rotating {
    pub(super) fn new(path: PathBuf) -> Self {
        Rotating { path, max_size: 64 * 1024 * 1024, max_files: 5, open: None }
    }

    /// Writes all of `lines`, below `header` where a file begins. An error comes with the number of lines
    /// that were lost.
    pub(super) fn write(
        &mut self,
        header: &[u8],
        lines: impl Iterator<Item = Vec<u8>>,
    ) -> Result<(), (u64, io::Error)> {
        let (mut lost, mut error) = (0, None);
        let limit = PIECE.min(self.max_size);
        let mut append = |piece: Piece| {
            if piece.lines > 0
                && let Err(why) = self.append(header, &piece.bytes)
            {
                lost += piece.lines;
                error.get_or_insert(why);
            }
        };
        let mut piece = Piece::default();
        for line in lines {
            if (header.len() + piece.bytes.len() + line.len()) as u64 > limit {
                append(std::mem::take(&mut piece));
            }
            piece.bytes.extend(line);
            piece.lines += 1;
        }
        append(piece);
        error.map_or(Ok(()), |error| Err((lost, error)))
    }

    /// Writes whole lines, all or none of them.
    fn append(&mut self, header: &[u8], lines: &[u8]) -> io::Result<()> {
        let mut open = match self.open.take() {
            Some(open) if open.is_at(&self.path) => open.measured()?,
            _ => Open::at(&self.path)?,
        };
        let added = (header.len() + lines.len()) as u64;
        if open.is_regular && open.size > 0 && open.size.saturating_add(added) > self.max_size {
            // Where the old file cannot go, nothing more is written: the bound holds.
            drop(open);
            rotate(&self.path, self.max_files)?;
            open = Open::at(&self.path)?;
        }
        let written = open.append(header, lines);
        self.open = Some(open);
        written
    }
}

impl Open {
    fn at(path: &Path) -> io::Result<Self> {
        // Reading tells how the last run ended; a pipe is not to be read from.
        let is_regular = fs::metadata(path).map_or(true, |found| found.is_file());
        let mut file = OpenOptions::new().create(true).read(is_regular).append(true).open(path)?;
        let size = if is_regular { file.metadata()?.len() } else { 0 };
        let mut is_torn = false;
        if size > 0 {
            let mut last = [0];
            file.seek(SeekFrom::Start(size - 1))?;
            file.read_exact(&mut last)?;
            is_torn = last != *b"\n";
        }
        Ok(Open { file, size, is_regular, is_begun: false, is_torn })
    }

    fn is_at(&self, path: &Path) -> bool {
        !self.is_regular || is_at(&self.file, path)
    }

    /// Others may have shortened the file.
    fn measured(mut self) -> io::Result<Self> {
        if self.is_regular {
            let size = self.file.metadata()?.len();
            self.is_begun &= size >= self.size;
            self.size = size;
        }
        Ok(self)
    }

    fn append(&mut self, header: &[u8], lines: &[u8]) -> io::Result<()> {
        let end_of_torn: &[u8] = if self.is_torn { b"\n" } else { b"" };
        let header = if self.is_begun { &[] } else { header };
        let bytes = [end_of_torn, header, lines].concat();
        match self.file.write_all(&bytes) {
            Ok(()) => {
                self.size += bytes.len() as u64;
                (self.is_begun, self.is_torn) = (true, false);
                Ok(())
            }
            Err(why) => {
                // Half a line would spoil the next one.
                let was_cut = self.is_regular && self.file.set_len(self.size).is_ok();
                self.is_torn |= !was_cut;
                Err(why)
            }
        }
    }
}

/// Makes `path` free: what is there becomes `path.1`, and so on, and the oldest of `files` goes.
fn rotate(path: &Path, files: u32) -> io::Result<()> {
    let numbered = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    };
    if files == 1 {
        return fs::remove_file(path);
    }
    for number in (1..files - 1).rev() {
        match fs::rename(numbered(number), numbered(number + 1)) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
            _ => {}
        }
    }
    fs::rename(path, numbered(1))
}
