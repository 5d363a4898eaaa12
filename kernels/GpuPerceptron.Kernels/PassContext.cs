using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>The ILGPU context that the kernels are compiled in.</summary>
public static class PassContext
{
    /// <summary>
    /// Creates one without a device. O2 is needed, not only faster: without it views are in the generic address space,
    /// which some OpenCL devices lack and which costs a GPU its wide loads.
    /// </summary>
    /// <param name="mathMode">
    /// Fast for CUDA (exp, division: within 2 units in the last place, denormals become 0); default elsewhere, where fast
    /// functions have no stated accuracy.
    /// </param>
    public static Context Create(MathMode mathMode) =>
        Context.Create(builder => builder.Optimize(OptimizationLevel.O2).Math(mathMode).EnableAlgorithms());
}
