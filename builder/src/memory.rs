//! How much memory the process holds at its peak. Owns the kernel's files; elsewhere than on Linux nothing is known.

/// Peak resident bytes since the last [`reset_peak`], or since the start where the kernel cannot forget the peak.
#[cfg(target_os = "linux")]
pub fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Makes the present memory the peak.
#[cfg(target_os = "linux")]
pub fn reset_peak() {
    // Some containers forbid it; then peaks are those since the start.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Not known here.
#[cfg(not(target_os = "linux"))]
pub fn peak() -> Option<u64> {
    None
}

/// Nothing to do here.
#[cfg(not(target_os = "linux"))]
pub fn reset_peak() {}
