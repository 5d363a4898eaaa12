using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU.Runtime;

namespace GpuPerceptron.Kernels;

/// <summary>The kernels that each accelerator has compiled, kept as long as it lives.</summary>
/// <remarks>
/// ILGPU holds its own only weakly: once an engine is gone its kernels go with the next garbage collection, and the next
/// engine on that device would wait for its driver again.
/// </remarks>
internal static class LoadedKernels
{
    private static readonly ConditionalWeakTable<Accelerator, ConcurrentDictionary<(MethodInfo, KernelSpecialization), Delegate>> All = [];

    /// <summary>A kernel ready to launch on an accelerator's default stream, compiled the first time that it is asked for.</summary>
    /// <typeparam name="TKernel">An action of the kernel's arguments.</typeparam>
    /// <typeparam name="TLauncher">An action of the groups and those arguments.</typeparam>
    /// <param name="accelerator">The device.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="specialization">What the compiler is told of it.</param>
    /// <param name="load">Compiles it.</param>
    public static TLauncher Load<TKernel, TLauncher>(
        this Accelerator accelerator, TKernel kernel, KernelSpecialization specialization,
        Func<TKernel, KernelSpecialization, TLauncher> load)
        where TKernel : Delegate
        where TLauncher : Delegate =>
        (TLauncher)All.GetOrCreateValue(accelerator).GetOrAdd((kernel.Method, specialization), _ => load(kernel, specialization));

    /// <inheritdoc cref="Load{TKernel, TLauncher}(Accelerator, TKernel, KernelSpecialization, Func{TKernel, KernelSpecialization, TLauncher})"/>
    public static TLauncher Load<TKernel, TLauncher>(this Accelerator accelerator, TKernel kernel, Func<TKernel, TLauncher> load)
        where TKernel : Delegate
        where TLauncher : Delegate =>
        accelerator.Load(kernel, KernelSpecialization.Empty, (one, _) => load(one));
}
