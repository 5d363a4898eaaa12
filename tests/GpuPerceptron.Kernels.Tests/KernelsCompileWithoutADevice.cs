using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using Xunit;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>Every kernel becomes PTX for sm_90 and the portable ones OpenCL C, with neither driver nor GPU.</summary>
public sealed class KernelsCompileWithoutADevice
{
    private const int LanesPerMultiprocessor = 2048;
    private const int Multiprocessors = 132;

    /// <summary>Columns that call for each variant in registers: the widest of each.</summary>
    public static TheoryData<int> EveryVariant => [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048];

    [Theory]
    [MemberData(nameof(EveryVariant))]
    public void Each_kernel_in_registers_loads_X_sixteen_bytes_at_a_time(int columns)
    {
        var geometry = PassGeometry.InRegisters(columns, 1 << 30, Multiprocessors, LanesPerMultiprocessor, 128);
        Assert.Equal(columns, geometry.Span);
        foreach (var kernel in new Delegate[]
            { PassKernels.InRegisters<LogisticLoss>(geometry), PassKernels.InRegisters<HalfSquareLoss>(geometry) })
        {
            string ptx = Ptx(kernel.Method, PassKernels.Specialization(geometry));
            Assert.Contains(".target sm_", ptx, StringComparison.Ordinal);

            // Once for the weights and once for the row, for each float4 that a lane holds.
            Assert.Equal(2 * geometry.ChunkCount, Count(ptx, "ld.global.v4.f32"));
            Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal);
            Assert.DoesNotContain("atom.", ptx, StringComparison.Ordinal);
            Assert.DoesNotContain("red.global", ptx, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(PortableKernels))]
    public void Each_portable_kernel_becomes_PTX_and_OpenCL_C(string name)
    {
        var method = Portable(name);
        Assert.Contains(".entry", Ptx(method, KernelSpecialization.Empty), StringComparison.Ordinal);

        string source = OpenCLSource(method);
        Assert.Contains("kernel void", source, StringComparison.Ordinal);
        Assert.DoesNotContain("atomic", source, StringComparison.Ordinal);
        Assert.DoesNotContain("sub_group", source, StringComparison.Ordinal);
    }

    public static TheoryData<string> PortableKernels => ["logistic", "half square", "reduction"];

    private static MethodInfo Portable(string name) => name switch
    {
        "logistic" => new Action<PassArguments, PortableTile>(PortablePass.Kernel<LogisticLoss>).Method,
        "half square" => new Action<PassArguments, PortableTile>(PortablePass.Kernel<HalfSquareLoss>).Method,
        _ => typeof(PartialsReduction).GetMethod(nameof(PartialsReduction.Kernel))!,
    };

    // A context for each kernel: one failed compilation would poison it for the others.
    private static string Ptx(MethodInfo kernel, KernelSpecialization specialization)
    {
        using var context = PassContext.Create(MathMode.Fast);
        using var backend = new PTXBackend(context, CudaArchitecture.SM_90, CudaInstructionSet.ISA_78, null!);
        var compiled = Compile(backend, kernel, specialization);
        return ((PTXCompiledKernel)compiled).PTXAssembly;
    }

    private static string OpenCLSource(MethodInfo kernel)
    {
        using var context = PassContext.Create(MathMode.Default);
        var capabilities = new CLCapabilityContext(
            float16: false, float64: true, genericAddressSpace: true, int64_Atomics: false, subGroups: false);
        using var backend = new CLBackend(context, capabilities, CLDeviceVendor.Other, CLCVersion.CL20);
        return ((CLCompiledKernel)Compile(backend, kernel, KernelSpecialization.Empty)).Source;
    }

    private static CompiledKernel Compile(Backend backend, MethodInfo kernel, KernelSpecialization specialization) =>
        backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), specialization);

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
