using System.Runtime.InteropServices;

namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>Zeroed float64 numbers in native memory, aligned to a cache line.</summary>
internal sealed unsafe class AlignedDoubles : IDisposable
{
    public AlignedDoubles(int count)
    {
        nuint bytes = (nuint)count * sizeof(double);
        Pointer = (double*)NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(Pointer, bytes);
    }

    public double* Pointer { get; private set; }

    public void Dispose()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
