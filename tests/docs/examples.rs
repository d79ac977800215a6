//! The documentation's pages and the configurations in them.
#![allow(dead_code)]

use std::fs;
use std::path::{Path, PathBuf};
use weir::config::Environment;

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// An environment in which every variable and file is there, and long enough for a key.
pub struct Complete;

impl Environment for Complete {
    fn variable(&self, _: &str) -> Option<String> {
        Some("example".repeat(5))
    }

    fn file(&self, _: &str) -> Result<String, String> {
        Ok("example".repeat(5))
    }
}

/// The whole configurations among a page's YAML blocks.
pub fn of(page: &str) -> impl Iterator<Item = &str> {
    let blocks = page.split("```yaml\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0));
    blocks.filter(|block| block.contains("\nservice:"))
}

/// Every page of the documentation.
pub fn documentation() -> Vec<PathBuf> {
    let mut files = vec![root().join("README.md")];
    files.extend(markdown(&root().join("docs")));
    files
}

/// The Markdown files below a folder.
pub fn markdown(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(markdown(&path)),
            false if path.extension().is_some_and(|extension| extension == "md") => files.push(path),
            false => {}
        }
    }
    files.sort();
    files
}
