//! How a hub names the pipeline that its records go to.

/// Names a pipeline: a place in the table, and which of those that live there in turn is meant.
///
/// One word, of which the highest eight bits are free: two halves that are stored apart and loaded
/// together would stall the processor on the hot path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PipelineRef(u64);

/// Generations fit into 24 bits. The last one is that of no pipeline.
pub(crate) const LAST_GENERATION: u32 = (1 << 24) - 1;

impl PipelineRef {
    /// The one that `init()` installs.
    pub(crate) const GLOBAL: Self = PipelineRef::new(0, 1);
    /// None: for the threads of isohub itself.
    pub(crate) const NONE: Self = PipelineRef::new(0, LAST_GENERATION);

    pub(crate) const fn new(index: u32, generation: u32) -> Self {
        PipelineRef((generation as u64) << 32 | index as u64)
    }

    #[inline]
    pub(crate) const fn index(self) -> u32 {
        self.0 as u32
    }

    #[inline]
    pub(crate) const fn generation(self) -> u32 {
        (self.0 >> 32) as u32
    }

    #[inline]
    pub(crate) const fn to_bits(self) -> u64 {
        self.0
    }

    /// The pipeline of which [`to_bits`](Self::to_bits) gave these; the highest eight are ignored.
    #[inline]
    pub(crate) const fn from_bits(bits: u64) -> Self {
        PipelineRef(bits & (u64::MAX >> 8))
    }
}
