using System.Reflection;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>Every kernel becomes PTX and the portable ones OpenCL C, with neither driver nor GPU nor NVIDIA's tools.</summary>
public sealed class KernelsCompileWithoutADevice
{
    public static TheoryData<string> EveryCudaKernel => [.. CudaKernel.All.Select(kernel => kernel.Name)];

    public static TheoryData<string> EveryOpenCLKernel => [.. OpenCLKernels.Keys];

    private static Dictionary<string, MethodInfo> OpenCLKernels { get; } = new()
    {
        ["float32, logistic"] = PassKernels.Portable<LogisticLoss>(PacketFormat.Float32, hasHalfInstruction: false).Method,
        ["float32, half square"] = PassKernels.Portable<HalfSquareLoss>(PacketFormat.Float32, hasHalfInstruction: false).Method,
        ["float16, logistic"] = PassKernels.Portable<LogisticLoss>(PacketFormat.Float16, hasHalfInstruction: false).Method,
        ["float16, half square"] = PassKernels.Portable<HalfSquareLoss>(PacketFormat.Float16, hasHalfInstruction: false).Method,
        ["float32, Hessian's roots"] = HessianKernels.Roots(PacketFormat.Float32, hasHalfInstruction: false).Method,
        ["float16, Hessian's roots"] = HessianKernels.Roots(PacketFormat.Float16, hasHalfInstruction: false).Method,
        ["float32, Hessian's product"] = HessianKernels.Product(PacketFormat.Float32, hasHalfInstruction: false).Method,
        ["float16, Hessian's product"] = HessianKernels.Product(PacketFormat.Float16, hasHalfInstruction: false).Method,
        ["sparse forward, logistic"] = ((Action<SparseForwardArguments>)SparsePass.Forward<LogisticLoss>).Method,
        ["sparse forward, half square"] = ((Action<SparseForwardArguments>)SparsePass.Forward<HalfSquareLoss>).Method,
        ["sparse backward"] = ((Action<SparseBackwardArguments>)SparsePass.Backward).Method,
        ["sparse columns"] = ((Delegate)SparsePass.Columns).Method,
        ["sparse totals"] = ((Delegate)SparsePass.Totals).Method,
        ["reduction"] = typeof(PartialsReduction).GetMethod(nameof(PartialsReduction.Kernel))!,
        ["batch gather"] = ((Action<BatchGatherArguments>)BatchGather.Kernel).Method,
        ["batch update, momentum"] = ((Action<BatchUpdateArguments, MomentumUpdate>)BatchUpdate.Kernel).Method,
        ["batch update, adam"] = ((Action<BatchUpdateArguments, AdamUpdate>)BatchUpdate.Kernel).Method,
    };

    [Fact]
    public void No_kernel_is_left_out()
    {
        var kernels = typeof(WarpPass).Assembly.GetExportedTypes()
            .Where(type => type.IsAbstract && type.IsSealed) // static
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.ReturnType == typeof(void)).ToHashSet();
        Assert.NotEmpty(kernels);
        Assert.Equal(Names(kernels), Names(CudaKernel.All.Select(kernel => kernel.Method)));
        Type[] warps = [typeof(WarpPass), typeof(BlockPass)];
        Assert.Equal(Names(kernels.Where(method => !warps.Contains(method.DeclaringType))), Names(OpenCLKernels.Values));

        // And none for one of the losses or updates.
        foreach (var method in kernels.Where(method => method.IsGenericMethod))
        {
            foreach (var (place, parts) in method.GetGenericArguments().Select((argument, place) => (place, Parts(argument))))
            {
                foreach (var part in parts)
                {
                    Assert.Contains(CudaKernel.All, kernel => Argument(kernel.Method) == part);
                    if (!warps.Contains(method.DeclaringType)) Assert.Contains(OpenCLKernels.Values, other => Argument(other) == part);
                }

                Type? Argument(MethodInfo of) => Definition(of) == method ? of.GetGenericArguments()[place] : null;
            }
        }
    }

    /// <summary>The losses or updates that may stand for a parameter; none where it is no such one.</summary>
    private static IEnumerable<Type> Parts(Type parameter) =>
        ((Type[])[typeof(ILoss), typeof(IUpdate)]).Where(parameter.GetGenericParameterConstraints().Contains)
            .SelectMany(part => part.Assembly.GetExportedTypes().Where(type => type.IsValueType && type.IsAssignableTo(part)));

    private static MethodInfo Definition(MethodInfo method) => method.IsGenericMethod ? method.GetGenericMethodDefinition() : method;

    private static IEnumerable<string> Names(IEnumerable<MethodInfo> methods) =>
        methods.Select(method => $"{method.DeclaringType!.Name}.{method.Name}").Distinct().Order(StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(EveryCudaKernel))]
    public void A_CUDA_kernel_becomes_PTX_without_atomics_or_local_memory(string name)
    {
        var kernel = CudaKernel.Named(name);
        string ptx = OfflineCompiler.Ptx(kernel.Method, kernel.Specialization);
        Assert.Contains(".entry", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("atom.", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("red.global", ptx, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(EveryOpenCLKernel))]
    public void A_portable_kernel_becomes_OpenCL_C_without_what_is_optional(string name)
    {
        string source = OfflineCompiler.OpenCLSource(OpenCLKernels[name]);
        Assert.Contains("kernel void", source, StringComparison.Ordinal);
        Assert.DoesNotContain("atomic", source, StringComparison.Ordinal);
        Assert.DoesNotContain("sub_group", source, StringComparison.Ordinal);
        Assert.DoesNotContain("half", source, StringComparison.Ordinal);
    }
}
