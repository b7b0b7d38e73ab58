//! Debian's package manager, used only as root on Debian (a container, a CI runner), and never without saying so.

use anyhow::Result;

use crate::tool::{Tool, exists, step};

/// Whether packages may be installed here: Debian or a child of it, as root.
pub fn may_install() -> bool {
    exists("apt-get") && is_root()
}

fn is_root() -> bool {
    Tool::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|id| id.trim() == "0")
}

/// Installs packages, refreshing the package lists when the first attempt fails.
pub fn install(packages: &[&str]) -> Result<()> {
    step(
        &format!("apt-get install {} (root on Debian)", packages.join(" ")),
        || {
            if apt(&["install", "-y", "--no-install-recommends"], packages).is_ok() {
                return Ok(());
            }
            apt(&["update"], &[])?;
            apt(&["install", "-y", "--no-install-recommends"], packages)
        },
    )
}

fn apt(verb: &[&str], packages: &[&str]) -> Result<()> {
    let apt = Tool::new("apt-get")
        .arg("-qq")
        .args(verb)
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive");
    apt.remedy("check the network and /etc/apt/sources.list, or install the packages by hand")
        .run()
}
