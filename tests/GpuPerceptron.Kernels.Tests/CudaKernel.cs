using System.Reflection;
using ILGPU.Runtime;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>A kernel that the engine can launch on a CUDA device.</summary>
/// <param name="Name">In words.</param>
/// <param name="Features">A row's, at most; null for any number, or where there are none.</param>
/// <param name="Method">The kernel.</param>
/// <param name="Specialization">Bounds on its groups.</param>
/// <param name="GroupSize">Lanes a group.</param>
/// <param name="GroupsPerMultiprocessor">Groups that a multiprocessor is to hold at once.</param>
/// <param name="WideLoads">Loads of 16 bytes in each of its loops over X: of X, and in the portable kernel of weights.</param>
/// <param name="Scalars">Loads of 4 bytes that it needs: the bias, and a row's label and weight; null where all are, of sparse features.</param>
/// <param name="BytesInFlight">Bytes of X that a lane has on their way from memory at once.</param>
internal sealed record CudaKernel(
    string Name, int? Features, MethodInfo Method, KernelSpecialization Specialization, int GroupSize, int GroupsPerMultiprocessor,
    int[] WideLoads, int? Scalars, int BytesInFlight)
{
    /// <summary>The architectures that kernels are assembled for: A100's and H200's.</summary>
    public static string[] Architectures => ["sm_80", "sm_90"];

    /// <summary>
    /// All of them: each variant in registers and the portable kernels, with both losses, the Hessian's, the reduction, what
    /// mini-batches need besides, and those of sparse features.
    /// </summary>
    public static IReadOnlyList<CudaKernel> All { get; } =
        [.. With<LogisticLoss>("logistic"), .. With<HalfSquareLoss>("half square"), .. Hessian(), Reduction(), .. MiniBatches(), .. Sparse()];

    /// <summary>The one of a name.</summary>
    public static CudaKernel Named(string name) => All.Single(kernel => kernel.Name == name);

    private static IEnumerable<CudaKernel> With<TLoss>(string loss)
        where TLoss : unmanaged, ILoss
    {
        foreach (var variant in RegisterVariant.All)
        {
            var geometry = PassGeometry.InRegisters(variant.Widest, 1 << 30, 132, 2048, 128);
            string lanes = geometry.Family == PassFamily.Block ? $"{variant.Lanes / 32} warps" : $"{variant.Lanes} lanes";
            int packets = variant.PacketsPerLane * variant.RowsPerTeam;
            yield return new CudaKernel(
                $"{Describe(variant.Format)}, {lanes} × {variant.PacketsPerLane} × {variant.RowsPerTeam}, {loss}",
                variant.Widest.Columns * Float4.Count,
                PassKernels.InRegisters<TLoss>(geometry).Method, PassKernels.Specialization(geometry),
                geometry.GroupSize, geometry.GroupsPerMultiprocessor, [packets], 3, packets * Packet.Bytes);
        }

        foreach (var format in Enum.GetValues<PacketFormat>())
        {
            int weights = new RowShape(format, 1).Columns;
            yield return new CudaKernel(
                $"{Describe(format)}, portable, {loss}", null, PassKernels.Portable<TLoss>(format, hasHalfInstruction: true).Method,
                KernelSpecialization.Empty, PassGeometry.PortableGroupSizeOnGpus, PassGeometry.PortableGroupsPerCudaMultiprocessor,
                [1 + weights, 1], 3, Packet.Bytes);
        }
    }

    private static IEnumerable<CudaKernel> Hessian()
    {
        foreach (var format in Enum.GetValues<PacketFormat>())
        {
            int weights = new RowShape(format, 1).Columns;
            yield return new CudaKernel(
                $"{Describe(format)}, Hessian's roots", null, HessianKernels.Roots(format, hasHalfInstruction: true).Method,
                KernelSpecialization.Empty, PassGeometry.PortableGroupSizeOnGpus, HessianGeometry.GroupsPerCudaMultiprocessor,
                [1 + weights], 2, Packet.Bytes);
        }

        // The left and the right tile's.
        foreach (var format in Enum.GetValues<PacketFormat>())
        {
            yield return new CudaKernel(
                $"{Describe(format)}, Hessian's product", null, HessianKernels.Product(format, hasHalfInstruction: true).Method,
                KernelSpecialization.Empty, HessianGeometry.MaximumEdge * HessianGeometry.MaximumEdge,
                HessianGeometry.GroupsPerCudaMultiprocessor, [2], 1, 2 * Packet.Bytes);
        }
    }

    private static CudaKernel Reduction() => new(
        "reduction", null, typeof(PartialsReduction).GetMethod(nameof(PartialsReduction.Kernel))!, KernelSpecialization.Empty,
        PartialsReduction.MaximumLanes, 1, [], 0, sizeof(double));

    private static IEnumerable<CudaKernel> MiniBatches()
    {
        Action<BatchGatherArguments> gather = BatchGather.Kernel;
        yield return new CudaKernel(
            "batch gather", null, gather.Method, KernelSpecialization.Empty, BatchKernels.GatherGroupSize,
            BatchKernels.GatherGroupsPerMultiprocessor, [1], 2, Packet.Bytes);
        foreach (var (name, update) in ((string, Delegate)[])
            [("momentum", BatchUpdate.Kernel<MomentumUpdate>), ("adam", BatchUpdate.Kernel<AdamUpdate>)])
        {
            yield return new CudaKernel(
                $"batch update, {name}", null, update.Method, KernelSpecialization.Empty, PartialsReduction.MaximumLanes, 1, [], 0,
                sizeof(double));
        }
    }

    private static IEnumerable<CudaKernel> Sparse()
    {
        foreach (var (name, kernel) in ((string, Delegate)[])
        [
            ("forward, logistic", SparsePass.Forward<LogisticLoss>), ("forward, half square", SparsePass.Forward<HalfSquareLoss>),
            ("backward", SparsePass.Backward), ("columns", SparsePass.Columns), ("totals", SparsePass.Totals),
        ])
        {
            bool isGrouped = name is not ("columns" or "totals");
            yield return new CudaKernel(
                $"sparse {name}", null, kernel.Method, KernelSpecialization.Empty, SparsePass.MaximumGroup,
                isGrouped ? SparsePass.GroupsPerMultiprocessor : 1, [], null, 0);
        }
    }

    private static string Describe(PacketFormat format) => format == PacketFormat.Float16 ? "float16" : "float32";
}
