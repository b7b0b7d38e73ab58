//! A Vulkan device for the native tests of the GPU search: Mesa's lavapipe, which is a program and gives the same answers on
//! every machine. Found where Mesa installs it, installed otherwise.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::debian;

const FOLDERS: [&str; 2] = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"];

/// The description of lavapipe that the Vulkan loader reads, unless `VK_ICD_FILENAMES` or `VK_DRIVER_FILES` names a device.
pub fn ensure() -> Result<PathBuf> {
    for name in ["VK_ICD_FILENAMES", "VK_DRIVER_FILES"] {
        if let Some(named) = std::env::var_os(name) {
            return Ok(PathBuf::from(named));
        }
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    if debian::may_install() {
        debian::install(&["mesa-vulkan-drivers", "libvulkan1"])?;
    }
    match find() {
        Some(found) => Ok(found),
        None => bail!("no lavapipe was found\nremedy: install Mesa's Vulkan drivers, or set VK_ICD_FILENAMES"),
    }
}

fn find() -> Option<PathBuf> {
    let entries = FOLDERS.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
    entries.map(|entry| entry.path()).find(|path| name_of(path).starts_with("lvp_icd"))
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
