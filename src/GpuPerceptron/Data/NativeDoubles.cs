namespace GpuPerceptron.Data;

/// <summary>
/// Float64 numbers in native memory, from the beginning of a cache line; many lie in large pages, which an array's do not. They
/// cost nothing before they are touched.
/// </summary>
internal sealed unsafe class NativeDoubles : IDisposable
{
    private int _count;

    /// <summary>Numbers that are not set.</summary>
    /// <param name="count">How many.</param>
    public NativeDoubles(int count)
    {
        _count = count;
        Pointer = (double*)HugePages.Allocate((nuint)count * sizeof(double), 64);
    }

    ~NativeDoubles() => Free();

    /// <summary>The first; null after disposal.</summary>
    public double* Pointer { get; private set; }

    /// <summary>All; none after disposal.</summary>
    public Span<double> Span => new(Pointer, _count);

    /// <summary>Zeros.</summary>
    /// <param name="count">How many.</param>
    public static NativeDoubles Zeros(int count)
    {
        var zeros = new NativeDoubles(count);
        zeros.Span.Clear();
        return zeros;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        HugePages.Free(Pointer);
        Pointer = null;
        _count = 0;
    }
}
