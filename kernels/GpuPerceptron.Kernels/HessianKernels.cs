using ILGPU;
using ILGPU.Runtime;

namespace GpuPerceptron.Kernels;

/// <summary>Compiles the Hessian's kernels for a device and hands them out ready to launch on its default stream.</summary>
public static class HessianKernels
{
    /// <summary>Each row's √d.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="geometry">The groups.</param>
    /// <returns>Takes the samples, with the parameters sent, and where to write √d.</returns>
    public static Action<PassArguments, ArrayView<float>> LoadRoots(Accelerator accelerator, HessianGeometry geometry)
    {
        var kernel = accelerator.Load(Roots(geometry.Roots.Format, HasHalfInstruction(accelerator)), accelerator.LoadStreamKernel);
        var config = new KernelConfig(geometry.Roots.Groups, geometry.Roots.GroupSize);
        return (pass, roots) => kernel(config, pass, geometry.Roots.Tile, roots);
    }

    /// <summary>The product.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="geometry">The groups.</param>
    /// <returns>Takes the samples, √d, and the partials to add to.</returns>
    public static Action<PassArguments, ArrayView<float>, ArrayView<double>> LoadProduct(
        Accelerator accelerator, HessianGeometry geometry)
    {
        var kernel = accelerator.Load(Product(geometry.Roots.Format, HasHalfInstruction(accelerator)), accelerator.LoadStreamKernel);
        var config = new KernelConfig(geometry.Pairs * geometry.Splits, geometry.GroupSize);
        return (pass, roots, partials) => kernel(config, pass, roots, geometry.Edge, partials);
    }

    /// <summary>The sums over the splits.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="geometry">The groups.</param>
    /// <returns>Takes the partials, and where to write the sums: pairs × <see cref="HessianGeometry.PairEntries"/>.</returns>
    public static Action<ArrayView<double>, ArrayView<double>> LoadReduction(Accelerator accelerator, HessianGeometry geometry) =>
        PassKernels.LoadEntriesReduction(accelerator, geometry.Splits, geometry.Pairs * geometry.PairEntries);

    /// <summary>The first kernel.</summary>
    /// <param name="format">What X is stored in.</param>
    /// <param name="hasHalfInstruction">Whether the device turns float16 into float32 itself.</param>
    public static Action<PassArguments, PortableTile, ArrayView<float>> Roots(PacketFormat format, bool hasHalfInstruction) =>
        (format, hasHalfInstruction) switch
        {
            (PacketFormat.Float32, _) => HessianRoots.Kernel<Float4Chunk>,
            (_, true) => HessianRoots.Kernel<HalfChunk<HalfInstruction>>,
            (_, false) => HessianRoots.Kernel<HalfChunk<HalfArithmetic>>,
        };

    /// <summary>The second kernel.</summary>
    /// <param name="format">What X is stored in.</param>
    /// <param name="hasHalfInstruction">Whether the device turns float16 into float32 itself.</param>
    public static Action<PassArguments, ArrayView<float>, int, ArrayView<double>> Product(
        PacketFormat format, bool hasHalfInstruction) => (format, hasHalfInstruction) switch
        {
            (PacketFormat.Float32, _) => HessianProduct.Kernel<Float32Column>,
            (_, true) => HessianProduct.Kernel<HalfColumn<HalfInstruction>>,
            (_, false) => HessianProduct.Kernel<HalfColumn<HalfArithmetic>>,
        };

    private static bool HasHalfInstruction(Accelerator accelerator) => accelerator.AcceleratorType == AcceleratorType.Cuda;
}
