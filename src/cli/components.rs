//! `weir components`.

use crate::config::{COMPONENTS, SECTIONS, signal_name};
use std::fmt::Write;

/// The components of this build in the Collector's form, with their aliases.
pub(super) fn yaml() -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_yaml(&mut text);
    text
}

fn write_yaml(text: &mut String) -> std::fmt::Result {
    writeln!(text, "buildinfo:")?;
    writeln!(text, "  command: weir")?;
    writeln!(text, "  description: {}", env!("CARGO_PKG_DESCRIPTION").replace(": ", ", "))?;
    writeln!(text, "  version: {}", env!("CARGO_PKG_VERSION"))?;
    for section in SECTIONS {
        writeln!(text, "{section}:")?;
        for component in COMPONENTS.iter().filter(|component| component.section == section) {
            writeln!(text, "  - name: {}", component.name)?;
            if !component.aliases.is_empty() {
                writeln!(text, "    aliases: [{}]", component.aliases.join(", "))?;
            }
            if !component.signals.is_empty() {
                writeln!(text, "    stability:")?;
            }
            for signal in component.signals {
                writeln!(text, "      {}: Alpha", signal_name(*signal))?;
            }
        }
    }
    writeln!(text, "providers:")?;
    for scheme in ["env", "file", "yaml"] {
        writeln!(text, "  - scheme: {scheme}")?;
    }
    Ok(())
}
