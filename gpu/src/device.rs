//! Owns the way to a device: adapter, limits, and what is known when it is lost. Dispatches nothing.

use std::sync::{Arc, Mutex, PoisonError};

use wgpu::{
    DeviceDescriptor, DeviceType, Features, Instance, InstanceDescriptor, Limits, PowerPreference,
    RequestAdapterOptions, WgslLanguageFeatures,
};

/// More workgroup memory than this makes no variant faster.
const WORKGROUP_BYTES: u32 = 32 << 10;
/// No buffer of rows is larger: one allocation of more is often refused where two are not.
const BUFFER_BYTES: u64 = 1 << 30;

/// A device that is ready to compute.
pub struct Gpu {
    /// Makes buffers and pipelines.
    pub device: wgpu::Device,
    /// Takes work.
    pub queue: wgpu::Queue,
    /// The adapter's name, for people.
    pub adapter: String,
    /// Whether a processor plays the GPU: right results, no speed.
    pub is_software: bool,
    /// Whether WGSL's dot product of packed bytes is there.
    pub packed: bool,
    /// Bytes of workgroup memory.
    pub workgroup_bytes: u32,
    /// Largest buffer that a shader may see, in bytes.
    pub buffer_bytes: u64,
    trouble: Trouble,
}

/// The first thing that went wrong for good. Shared with the callbacks that hear of it.
#[derive(Clone, Default)]
struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    fn note(&self, what: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(what);
    }

    fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Gpu {
    /// The fastest adapter there is; an error says why there is none.
    pub async fn open() -> Result<Gpu, String> {
        #[cfg(target_arch = "wasm32")]
        host_has_webgpu()?;
        let instance = Instance::new(InstanceDescriptor::new_without_display_handle());
        let fastest =
            RequestAdapterOptions { power_preference: PowerPreference::HighPerformance, ..Default::default() };
        let adapter = match instance.request_adapter(&fastest).await {
            Ok(adapter) => adapter,
            Err(error) => return Err(format!("no WebGPU adapter: {error}")),
        };
        let (info, most) = (adapter.get_info(), adapter.limits());
        let limits = Limits {
            max_storage_buffer_binding_size: most.max_storage_buffer_binding_size,
            max_buffer_size: most.max_buffer_size,
            max_compute_workgroup_storage_size: most.max_compute_workgroup_storage_size.min(WORKGROUP_BYTES),
            ..Limits::default()
        };
        let descriptor = DeviceDescriptor {
            label: Some("edge-recall"),
            // For measurements; nothing else needs a feature.
            required_features: adapter.features() & Features::TIMESTAMP_QUERY,
            required_limits: limits.clone(),
            ..Default::default()
        };
        let (device, queue) =
            adapter.request_device(&descriptor).await.map_err(|error| format!("no WebGPU device: {error}"))?;
        let trouble = Trouble::default();
        let lost = trouble.clone();
        device.set_device_lost_callback(move |_, why| lost.note(format!("the GPU device was lost: {why}")));
        let failed = trouble.clone();
        device.on_uncaptured_error(Arc::new(move |error| failed.note(format!("the GPU refused: {error}"))));
        Ok(Gpu {
            device,
            queue,
            adapter: name_of(&info),
            is_software: info.device_type == DeviceType::Cpu || info.name.contains("SwiftShader"),
            packed: instance.wgsl_language_features().contains(WgslLanguageFeatures::Packed4x8IntegerDotProduct),
            workgroup_bytes: limits.max_compute_workgroup_storage_size,
            buffer_bytes: limits.max_storage_buffer_binding_size.min(limits.max_buffer_size).min(BUFFER_BYTES),
            trouble,
        })
    }

    /// Why the device cannot be used any more, if so.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.get()
    }
}

/// Browsers leave the name empty and tell a vendor, an architecture or a description in its place.
fn name_of(info: &wgpu::AdapterInfo) -> String {
    let parts = [&info.name, &info.driver, &info.driver_info];
    let told: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    if told.is_empty() { "an adapter without a name".to_owned() } else { told.join(", ") }
}

/// wgpu expects a page or a worker with WebGPU and ends in a panic elsewhere.
#[cfg(target_arch = "wasm32")]
fn host_has_webgpu() -> Result<(), String> {
    let get = |from: &wasm_bindgen::JsValue, name: &str| js_sys::Reflect::get(from, &name.into()).unwrap_or_default();
    let global = js_sys::global().into();
    let gpu = get(&get(&global, "navigator"), "gpu");
    if gpu.is_undefined() || gpu.is_null() {
        return Err("no WebGPU here: navigator.gpu is undefined".to_owned());
    }
    if get(&global, "Window").is_undefined() && get(&global, "WorkerGlobalScope").is_undefined() {
        return Err("no WebGPU here: wgpu looks for it in pages and workers alone".to_owned());
    }
    Ok(())
}
