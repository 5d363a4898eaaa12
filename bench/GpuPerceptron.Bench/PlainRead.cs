using System.Runtime.Intrinsics;
using GpuPerceptron.Data;

namespace GpuPerceptron.Bench;

/// <summary>The floor of a pass: a sum over X's bytes by as many threads, which are kept from read to read.</summary>
internal sealed unsafe class PlainRead : IDisposable
{
    private const int PieceBytes = 1 << 20;

    private readonly List<(nint Start, int Floats)> _pieces = [];
    private readonly Barrier _barrier;
    private readonly Thread[] _threads;
    private int _next;
    private bool _stopping;
    private float _sum; // kept, so that nobody may leave the sums out

    /// <param name="dataset">X; it must outlive this.</param>
    /// <param name="threads">Threads, the caller's included.</param>
    public PlainRead(Dataset dataset, int threads)
    {
        foreach (var block in dataset.Blocks)
        {
            if (block.Sparse is { } sparse)
            {
                // 4 bytes a column and 4 a value; the sum of columns as floats means nothing, and costs the same.
                AddPieces((byte*)sparse.Columns, sparse.NonZeros * sizeof(int));
                AddPieces((byte*)sparse.Values, sparse.NonZeros * sizeof(float));
                continue;
            }

            var bytes = block.FeatureBytes;
            fixed (byte* start = bytes)
                AddPieces(start, bytes.Length);
        }

        _barrier = new Barrier(threads);
        _threads = [.. Enumerable.Range(1, threads - 1).Select(_ => new Thread(Loop) { IsBackground = true })];
        foreach (var thread in _threads)
            thread.Start();
    }

    public void Run()
    {
        _next = 0;
        _barrier.SignalAndWait();
        ReadPieces();
        _barrier.SignalAndWait();
    }

    public void Dispose()
    {
        _stopping = true;
        _barrier.SignalAndWait();
        foreach (var thread in _threads)
            thread.Join();
        _barrier.Dispose();
    }

    private void AddPieces(byte* start, long bytes)
    {
        for (long done = 0; done < bytes; done += PieceBytes)
            _pieces.Add(((nint)(start + done), (int)Math.Min(PieceBytes, bytes - done) / sizeof(float)));
    }

    private void Loop()
    {
        while (true)
        {
            _barrier.SignalAndWait();
            if (_stopping) return;
            ReadPieces();
            _barrier.SignalAndWait();
        }
    }

    private void ReadPieces()
    {
        float sum = 0f;
        for (int i; (i = Interlocked.Increment(ref _next) - 1) < _pieces.Count;)
        {
            var (start, floats) = _pieces[i];
            sum += Vector512.IsHardwareAccelerated ? Sum512((float*)start, floats) : Sum256((float*)start, floats);
        }

        Interlocked.Exchange(ref _sum, sum);
    }

    private static float Sum512(float* values, int count)
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        for (int i = 0; i <= count - 64; i += 64)
        {
            a += Vector512.Load(values + i);
            b += Vector512.Load(values + i + 16);
            c += Vector512.Load(values + i + 32);
            d += Vector512.Load(values + i + 48);
        }

        return Vector512.Sum(a + b + c + d);
    }

    private static float Sum256(float* values, int count)
    {
        Vector256<float> a = default, b = default, c = default, d = default;
        for (int i = 0; i <= count - 32; i += 32)
        {
            a += Vector256.Load(values + i);
            b += Vector256.Load(values + i + 8);
            c += Vector256.Load(values + i + 16);
            d += Vector256.Load(values + i + 24);
        }

        return Vector256.Sum(a + b + c + d);
    }
}
