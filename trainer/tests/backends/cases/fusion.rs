//! Whether fusion is what the table says: a setting that nothing reads would make two tables of one.

use burn::tensor::{Device, Tensor};

use crate::case::{Bench, Case, Found, Trial, read, tensor};
use crate::tolerance::Class;

/// Elementwise operations of the chain below.
const OPERATIONS: usize = 8;

pub fn cases() -> Vec<Case> {
    let trials = vec![Trial::new("kernels of a chain of 8 operations", |bench: &Bench| {
        let Some(fusion) = bench.fusion else { return Ok(Found::nothing()) };
        let kernels = kernels_launched(&bench.device)?;
        let found = |error: usize| {
            let setting = if fusion { "on" } else { "off" };
            let place = format!("with fusion {setting}, {OPERATIONS} operations took {kernels} kernels");
            Found::new(error as f64, 0.0, place)
        };
        Ok(found(if fusion { kernels.saturating_sub(1) } else { OPERATIONS.saturating_sub(kernels) }))
    })];
    vec![Case { name: "fusion is on or off as said", issues: &[], class: Class::Exact, trials }]
}

fn chain(x: Tensor<1>) -> Tensor<1> {
    x.mul_scalar(1.5).add_scalar(0.25).exp().neg().abs().sqrt().tanh().sub_scalar(0.5)
}

#[cfg(feature = "gpu")]
fn kernels_launched(device: &Device) -> Result<usize, String> {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use burn::cubecl::logging::{LaunchObservation, LaunchObserver};

    struct Count(AtomicUsize);
    impl LaunchObserver for Count {
        fn launched(&self, _kernel: &'static str) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    let x = tensor(&[0.5; 1000], [1000], device);
    read(chain(x.clone()))?;
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let watching = LaunchObservation::new(Arc::clone(&count) as Arc<dyn LaunchObserver>);
    let result = read(chain(x));
    drop(watching);
    result.map(|_| count.0.load(Ordering::Relaxed))
}

#[cfg(not(feature = "gpu"))]
fn kernels_launched(device: &Device) -> Result<usize, String> {
    read(chain(tensor(&[0.5; 1000], [1000], device))).map(|_| OPERATIONS)
}
