using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Data;

/// <summary>
/// Consecutive samples in native memory: features in row-major order, float32 or float16, each row padded with zeros to a
/// multiple of 16 bytes (what a GPU loads at once), long ones to 64; or sparse. For each row a label, a byte,
/// and, where asked for, a weight.
/// </summary>
public sealed unsafe class SampleBlock : IDisposable
{
    private const int Alignment = 64;    // a cache line, and the widest SIMD register
    private const int RowAlignment = 16; // what a GPU's lane loads at once
    private const int PieceBytes = 4 << 20; // that a thread copies at once
    private const int LongRow = 256;     // values; a longer row begins a cache line, which costs at most 6% more memory

    /// <summary>Bytes of zeros after the last row, so that who computes in wide registers may read past a row's end.</summary>
    internal const int Slack = 64;

    private void* _features;
    private void* _memory;       // the block's own, where the features are unless they are mapped or another block's
    private nuint _featureBytes; // that there is room for
    private byte* _labels;
    private float* _sampleWeights; // null where every weight is 1
    private bool _areWeightsUnused; // for now: see UseSampleWeights
    private readonly SampleBlock? _owner; // of the features, if it is another block

    /// <summary>Allocates a block with room for <paramref name="capacity"/> samples and no sample in it yet.</summary>
    /// <param name="features">Features a sample, at least 1.</param>
    /// <param name="capacity">Samples at most, at least 1.</param>
    /// <param name="hasSampleWeights">Whether each sample has a weight; without, every weight is 1.</param>
    public SampleBlock(int features, int capacity, bool hasSampleWeights = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(features, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        Features = features;
        Stride = StrideFor(features);
        Capacity = capacity;
        _featureBytes = (nuint)capacity * (nuint)Stride * sizeof(float);
        _features = _memory = HugePages.Allocate(_featureBytes + Slack, Alignment);
        _labels = AllocateLabels(capacity);
        if (hasSampleWeights) _sampleWeights = AllocateFloats(capacity);
    }

    /// <summary>Shares another block's features and labels, which must outlive this one; its weights are to be written.</summary>
    internal SampleBlock(SampleBlock owner)
    {
        (Features, Stride, Capacity, Rows, Storage) = (owner.Features, owner.Stride, owner.Capacity, owner.Rows, owner.Storage);
        _owner = owner;
        _features = owner._features;
        _labels = owner._labels;
        _sampleWeights = AllocateFloats(Rows);
        Sparse = owner.Sparse;
    }

    /// <summary>Copies rows that lie in a file.</summary>
    /// <param name="stored">Their block.</param>
    /// <param name="hasSampleWeights">Whether they have weights of their own.</param>
    internal static SampleBlock FromFile(SampleBlock stored, bool hasSampleWeights)
    {
        var block = BufferFor(stored, stored.Rows, hasSampleWeights);
        try
        {
            block.Load(stored, 0, stored.Rows);
            return block;
        }
        catch
        {
            block.Dispose();
            throw;
        }
    }

    /// <summary>Memory for rows of a block that lie in a file, to be loaded.</summary>
    /// <param name="stored">Their block.</param>
    /// <param name="rows">How many at most.</param>
    /// <param name="hasSampleWeights">Whether they have weights of their own.</param>
    internal static SampleBlock BufferFor(SampleBlock stored, int rows, bool hasSampleWeights) => stored.Stored?.Sparse is { } sparse
        ? new SampleBlock(new SparseRows(rows, sparse.NonZeros), stored.Features, hasSampleWeights)
        : new SampleBlock(stored.Features, rows, hasSampleWeights);

    /// <summary>Takes over rows of a sparse matrix, which are disposed with the block.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="features">Features a sample, more than any column of the rows.</param>
    /// <param name="labels">One a row, each 0 or 1.</param>
    /// <param name="sampleWeights">One a row, each at least 0. Null where every weight is 1.</param>
    internal SampleBlock(SparseRows rows, int features, ReadOnlySpan<byte> labels, float[]? sampleWeights = null)
        : this(rows, features, sampleWeights is not null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(labels.Length, rows.Rows);
        labels[..Rows].CopyTo(Labels);
        sampleWeights.AsSpan(0, Math.Min(Rows, sampleWeights?.Length ?? 0)).CopyTo(SampleWeights);
    }

    /// <summary>As the other, but labels and weights are to be written.</summary>
    private SampleBlock(SparseRows rows, int features, bool hasSampleWeights)
    {
        (Features, Capacity, Rows, Storage, Sparse) = (features, rows.Rows, rows.Rows, FeatureStorage.Sparse, rows);
        _labels = AllocateLabels(Rows);
        if (hasSampleWeights) _sampleWeights = AllocateFloats(Rows);
    }

    /// <summary>Rows that lie in a file, of which the block becomes a user.</summary>
    /// <param name="stored">Where they lie.</param>
    /// <param name="like">A block of their shape.</param>
    /// <param name="rows">How many they are.</param>
    private SampleBlock(StoredRows stored, SampleBlock like, int rows) : this(stored, like.Features, rows, like.Storage) { }

    /// <summary>Rows that lie in a file, of which the block becomes a user.</summary>
    /// <param name="stored">Where they lie.</param>
    /// <param name="features">Features a sample.</param>
    /// <param name="rows">How many they are.</param>
    /// <param name="storage">How the features are kept there.</param>
    internal SampleBlock(StoredRows stored, int features, int rows, FeatureStorage storage = FeatureStorage.Float32)
    {
        (Features, Stride, Capacity, Rows, Storage) = (features, StrideFor(features, storage), rows, rows, storage);
        Stored = stored;
        stored.File.Retain();
    }

    /// <summary>Frees the native memory of a block that nobody disposed.</summary>
    ~SampleBlock() => Free();

    /// <summary>Features a sample (columns of X, without padding).</summary>
    public int Features { get; internal set; }

    /// <summary>The features, where they are kept sparse; else null.</summary>
    public SparseRows? Sparse { get; }

    /// <summary>Where the rows are, if not in memory: who wants them reads them by a <see cref="RowReader"/>. Else null.</summary>
    internal StoredRows? Stored { get; private set; }

    /// <summary>How the features are kept. Samples are collected in float32; see <see cref="Narrow"/>.</summary>
    public FeatureStorage Storage { get; private set; }

    /// <summary>Values from one row to the next: see <see cref="StrideFor"/>.</summary>
    public int Stride { get; private set; }

    /// <summary>Of sparse features: the values that are not 0, wherever they are; else 0.</summary>
    internal long NonZeros => Sparse?.NonZeros ?? Stored?.Sparse?.NonZeros ?? 0;

    /// <summary>Bytes of the features, wherever they are.</summary>
    internal long FeatureByteCount =>
        Storage == FeatureStorage.Sparse ? SparseRows.BytesOf(Rows, NonZeros) : (long)Rows * RowBytes;

    /// <summary>Bytes of features, labels and weights, wherever they are.</summary>
    internal long ByteCount => FeatureByteCount + (long)Rows * (HasSampleWeights ? 1 + sizeof(float) : 1);

    /// <summary>Bytes from one row to the next.</summary>
    public int RowBytes => Stride * BytesPerValue(Storage);

    /// <summary>Samples that fit.</summary>
    public int Capacity { get; }

    /// <summary>Samples in the block.</summary>
    public int Rows { get; private set; }

    /// <summary>The first row's first feature, 64-byte aligned; rows follow at <see cref="Stride"/> floats.</summary>
    /// <exception cref="InvalidOperationException">The features are not kept in float32.</exception>
    public float* FeaturePointer => Storage == FeatureStorage.Float32 && Stored is null
        ? (float*)_features
        : throw new InvalidOperationException("the features are not kept in float32, or not in memory");

    /// <summary>The first row's first feature, 64-byte aligned; rows follow at <see cref="Stride"/> halves.</summary>
    /// <exception cref="InvalidOperationException">The features are not kept in float16.</exception>
    public Half* HalfPointer => Storage == FeatureStorage.Float16 && Stored is null
        ? (Half*)_features
        : throw new InvalidOperationException("the features are not kept in float16, or not in memory");

    /// <summary>The features as they lie in memory, padding included: <see cref="Rows"/> × <see cref="RowBytes"/> bytes.</summary>
    public ReadOnlySpan<byte> FeatureBytes => new(_features, Rows * RowBytes);

    /// <summary>The labels of the <see cref="Rows"/> samples, each 0 or 1.</summary>
    public Span<byte> Labels => new(_labels, _labels is null ? 0 : Rows);

    /// <summary>The weights of the <see cref="Rows"/> samples, each at least 0; empty where every weight is 1.</summary>
    public Span<float> SampleWeights => new(SampleWeightPointer, SampleWeightPointer is null ? 0 : Rows);

    /// <summary>Address of the first label; null where they are in a file.</summary>
    internal byte* LabelPointer => _labels;

    /// <summary>Address of the first sample weight; null where there are none, or in a file.</summary>
    internal float* SampleWeightPointer => _areWeightsUnused ? null : _sampleWeights;

    /// <summary>Whether the samples have weights of their own.</summary>
    public bool HasSampleWeights => SampleWeightPointer is not null || Stored is { SampleWeights: >= 0 } or { Weight: not null };

    /// <summary>One sample's features, without the padding.</summary>
    /// <param name="row">From 0 to <see cref="Rows"/> − 1.</param>
    public Span<float> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows);
        return new Span<float>(FeaturePointer + (nint)row * Stride, Features);
    }

    /// <summary>Asks for the memory of a sample's first features and of its label, before they are needed.</summary>
    /// <param name="row">From 0 to <see cref="Rows"/> − 1.</param>
    internal void PrefetchRow(int row)
    {
        if (Stored is not null) return;
        byte* first = (byte*)_features + (nint)row * RowBytes;
        Prefetch.Bytes(first, 64);
        if (RowBytes > 64) Prefetch.Bytes(first + 64, 128); // the rest of a long row follows by itself
        Prefetch.Bytes(_labels + row, 64);
    }

    /// <summary>The length of a row rounded up to a multiple of 16 bytes, of more than 256 values to one of 64, in values.</summary>
    /// <remarks>So that no load of 64 bytes from a long row straddles two cache lines, and costs two.</remarks>
    /// <param name="features">Features a sample.</param>
    /// <param name="storage">How they are kept.</param>
    public static int StrideFor(int features, FeatureStorage storage = FeatureStorage.Float32)
    {
        int values = (features > LongRow ? Alignment : RowAlignment) / BytesPerValue(storage);
        return (features + values - 1) / values * values;
    }

    /// <summary>Bytes that a value takes.</summary>
    /// <param name="storage">How it is kept.</param>
    public static int BytesPerValue(FeatureStorage storage) => storage == FeatureStorage.Float16 ? sizeof(ushort) : sizeof(float);

    /// <summary>
    /// Adds rows at the end, their features all 0 (padding included), labels 0, weights 1; the caller then writes them.
    /// </summary>
    /// <param name="count">Rows to add, at most <see cref="Capacity"/> − <see cref="Rows"/>.</param>
    /// <returns>The index of the first added row.</returns>
    public int Append(int count)
    {
        int first = AppendUnset(count);
        new Span<byte>(FeaturePointer + (nint)first * Stride, checked(count * Stride * sizeof(float))).Clear();
        return first;
    }

    /// <summary>As <see cref="Append"/>, but the caller writes the features, padding included, whatever they were.</summary>
    internal int AppendUnset(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Capacity - Rows);
        int first = Rows;
        Rows += count;
        new Span<byte>(FeaturePointer + (nint)Rows * Stride, Slack).Clear();
        Labels[first..].Clear();
        if (HasSampleWeights) SampleWeights[first..].Fill(1f);
        return first;
    }

    /// <summary>Forgets the rows, keeping the memory.</summary>
    public void Clear() => Rows = 0;

    /// <summary>
    /// Standardises in place and keeps only some columns: row ← (row[keep] − offset) · factor, the arithmetic in float64.
    /// </summary>
    /// <param name="keep">Columns to keep, ascending, at least one.</param>
    /// <param name="offset">What is taken from each kept column.</param>
    /// <param name="factor">What each kept column is then multiplied by.</param>
    /// <param name="missing">What a NaN of each kept column becomes; empty where it stays.</param>
    internal void Transform(
        ReadOnlySpan<int> keep, ReadOnlySpan<double> offset, ReadOnlySpan<double> factor, ReadOnlySpan<float> missing)
    {
        if (_owner is not null) throw new InvalidOperationException("the features are another block's");
        int stride = StrideFor(keep.Length);
        float* target = FeaturePointer;
        float* source = FeaturePointer;

        // A row never grows, so writing forwards never overtakes reading.
        int quads = keep.Length & ~3;
        for (int row = 0; row < Rows; row++, source += Stride, target += stride)
        {
            for (int j = 0; j < quads; j += 4)
            {
                var value = Vector128.Create(source[keep[j]], source[keep[j + 1]], source[keep[j + 2]], source[keep[j + 3]]);
                var (lower, upper) = Vector128.Widen(value);
                lower = (lower - Vector128.Create(offset.Slice(j, 2))) * Vector128.Create(factor.Slice(j, 2));
                upper = (upper - Vector128.Create(offset.Slice(j + 2, 2))) * Vector128.Create(factor.Slice(j + 2, 2));
                var result = Vector128.Narrow(lower, upper);
                if (!missing.IsEmpty)
                    result = Vector128.ConditionalSelect(Vector128.Equals(value, value), result, Vector128.Create(missing.Slice(j, 4)));
                result.Store(target + j);
            }

            for (int j = quads; j < keep.Length; j++)
            {
                float value = source[keep[j]];
                target[j] = float.IsNaN(value) && !missing.IsEmpty ? missing[j] : (float)((value - offset[j]) * factor[j]);
            }

            for (int j = keep.Length; j < stride; j++)
                target[j] = 0f;
        }

        Features = keep.Length;
        Stride = stride;
        new Span<byte>(target, Slack).Clear();
    }

    /// <summary>
    /// Rounds the features to float16, to the nearest value and ties to even, and gives back the other half of the memory.
    /// </summary>
    /// <returns>The first column with a value that float16 cannot hold, above 65,504 or no number, and the block as it was; or −1.</returns>
    internal int Narrow()
    {
        if (_owner is not null) throw new InvalidOperationException("the features are another block's");
        float* source = FeaturePointer;
        for (int row = 0; row < Rows; row++)
        {
            var values = new ReadOnlySpan<float>(source + (nint)row * Stride, Features);
            int column = values.IndexOfAnyExceptInRange(-(float)Half.MaxValue, (float)Half.MaxValue);
            if (column >= 0) return column;
        }

        int stride = StrideFor(Features, FeatureStorage.Float16);
        _featureBytes = (nuint)Capacity * (nuint)stride * sizeof(ushort);
        var target = (Half*)HugePages.Allocate(_featureBytes + Slack, Alignment);
        for (int row = 0; row < Rows; row++)
        {
            var values = new ReadOnlySpan<float>(source + (nint)row * Stride, Features);
            var halves = new Span<Half>(target + (nint)row * stride, stride);
            for (int j = 0; j < values.Length; j++)
                halves[j] = (Half)values[j];
            halves[Features..].Clear();
        }

        new Span<byte>(target + (nint)Rows * stride, Slack).Clear();
        HugePages.Free(_memory);
        _features = _memory = target;
        Storage = FeatureStorage.Float16;
        Stride = stride;
        return -1;
    }

    /// <summary>Changes labels in place, wherever they are.</summary>
    internal void ChangeLabels(Func<byte, byte> change)
    {
        if (Stored is null)
        {
            Change(Labels);
            return;
        }

        Span<byte> piece = stackalloc byte[4096];
        for (int first = 0; first < Rows; first += piece.Length)
        {
            var labels = piece[..Math.Min(piece.Length, Rows - first)];
            long offset = Stored.Labels + first;
            Stored.File.Read(offset, labels);
            Change(labels);
            Stored.File.Write(offset, labels);
        }

        void Change(Span<byte> labels)
        {
            foreach (ref byte label in labels)
                label = change(label);
        }
    }

    /// <summary>Writes the rows to the end of a file.</summary>
    /// <returns>A block of the same rows, there.</returns>
    internal SampleBlock StoreIn(SampleFile file)
    {
        long features = Sparse is null ? file.ReserveInLargePages(FeatureBytes.Length) : -1, labels = file.Reserve(Rows);
        var stored = new StoredRows(file, features, labels, HasSampleWeights ? file.Reserve((long)Rows * sizeof(float)) : -1)
        {
            Sparse = Sparse?.ReserveIn(file),
        };
        Overwrite(stored);
        return new SampleBlock(stored, this, Rows);
    }

    /// <summary>The same rows as another block, in a file where they already lie; of another shape, perhaps, than they were.</summary>
    internal SampleBlock StoredLike(SampleBlock other)
    {
        var stored = other.Stored!;
        if (stored.Sparse is { } sparse) stored = stored with { Sparse = sparse with { NonZeros = NonZeros } };
        return new SampleBlock(stored, this, Rows);
    }

    /// <summary>Writes the rows over another block's in a file, which had no fewer rows and values.</summary>
    /// <returns>A block of the same rows, there.</returns>
    internal SampleBlock StoreOver(SampleBlock other)
    {
        Overwrite(other.Stored!);
        return StoredLike(other);
    }

    /// <summary>The same rows in the file, with other weights.</summary>
    internal SampleBlock Reweighted(Func<long, float, float, float> weight, long place)
    {
        var inner = Stored!.Weight;
        return new SampleBlock(
            Stored with
            {
                Place = place,
                Weight = inner is null ? weight : (at, label, present) => weight(at, label, inner(at, label, present)),
            },
            this, Rows);
    }

    /// <summary>Writes the rows over those in a file, which were no fewer.</summary>
    internal void Overwrite(StoredRows stored)
    {
        if (Sparse is null) stored.File.WriteInLargePages(stored.Features, FeatureBytes);
        else Sparse.WriteTo(stored.File, stored.Sparse!);
        stored.File.Write(stored.Labels, Labels);
        if (stored.SampleWeights >= 0) stored.File.Write(stored.SampleWeights, MemoryMarshal.AsBytes(SampleWeights));
    }

    /// <summary>Whether so many rows of another block would fit.</summary>
    internal bool HasRoomFor(SampleBlock other, int rows) => rows <= Capacity
        && (Sparse is null ? (nuint)rows * (nuint)other.RowBytes <= _featureBytes : Sparse.HasRoomFor(rows, other.NonZeros));

    /// <summary>Copies the rows, from wherever they are, on several threads where they are many; labels as numbers.</summary>
    /// <param name="features">Overwritten: <see cref="Rows"/> × <see cref="RowBytes"/> bytes.</param>
    /// <param name="labels">Overwritten, one a row.</param>
    /// <param name="sampleWeights">Overwritten, one a row; empty where nobody asks for them.</param>
    internal void CopyTo(Span<byte> features, Span<float> labels, Span<float> sampleWeights)
    {
        fixed (byte* start = features)
        {
            byte* target = start;
            int bytes = features.Length, pieces = (bytes + PieceBytes - 1) / PieceBytes;
            Parallel.For(0, pieces, i =>
            {
                int first = i * PieceBytes, length = Math.Min(PieceBytes, bytes - first);
                if (Stored is null) new ReadOnlySpan<byte>((byte*)_features + first, length).CopyTo(new Span<byte>(target + first, length));
                else Stored.File.Read(Stored.Features + first, new Span<byte>(target + first, length));
            });
        }

        if (Stored is not null)
        {
            byte[] read = ArrayPool<byte>.Shared.Rent(Rows);
            Stored.ReadLabels(0, read.AsSpan(0, Rows), sampleWeights);
            FloatLabels.Write(read.AsSpan(0, Rows), labels);
            ArrayPool<byte>.Shared.Return(read);
            return;
        }

        FloatLabels.Write(Labels, labels);
        if (sampleWeights.IsEmpty) return;
        if (HasSampleWeights) SampleWeights.CopyTo(sampleWeights);
        else sampleWeights.Fill(1f);
    }

    /// <summary>Becomes a copy of some rows that lie in a file; the block must have room for them.</summary>
    /// <param name="block">The rows' block.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    internal void Load(SampleBlock block, int first, int count)
    {
        LoadFeatures(block, first, count);
        LoadLabels(block, first, count);
    }

    /// <summary>Takes another block's shape, with rows that <see cref="CopyRows"/> writes; the block must have room for them.</summary>
    /// <param name="block">The other block, not sparse.</param>
    /// <param name="rows">How many.</param>
    internal void BecomeLike(SampleBlock block, int rows)
    {
        (Features, Stride, Storage, Rows) = (block.Features, block.Stride, block.Storage, rows);
        new Span<byte>((byte*)_features + (nint)rows * RowBytes, Slack).Clear();
    }

    /// <summary>Asks the system to have some rows at hand soon, if they are in a file.</summary>
    internal void AskFor(int first, int count)
    {
        if (Stored is null) return;
        Stored.File.AskFor(Stored.Features + (long)first * RowBytes, (long)count * RowBytes);
        Stored.File.AskFor(Stored.Labels + first, count);
        if (Stored.SampleWeights >= 0) Stored.File.AskFor(Stored.SampleWeights + (long)first * sizeof(float), (long)count * sizeof(float));
    }

    /// <summary>Copies some rows of a block of the same shape, in memory or in a file.</summary>
    /// <param name="block">Their block, not sparse.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="target">The place of the first here.</param>
    internal void CopyRows(SampleBlock block, int first, int count, int target)
    {
        var features = new Span<byte>((byte*)_features + (nint)target * RowBytes, count * RowBytes);
        var labels = Labels.Slice(target, count);
        var weights = HasSampleWeights ? SampleWeights.Slice(target, count) : default;
        if (block.Stored is { } stored)
        {
            stored.File.Read(stored.Features + (long)first * RowBytes, features);
            stored.ReadLabels(first, labels, weights);
            return;
        }

        new ReadOnlySpan<byte>((byte*)block._features + (nint)first * RowBytes, features.Length).CopyTo(features);
        block.Labels.Slice(first, count).CopyTo(labels);
        if (block.HasSampleWeights) block.SampleWeights.Slice(first, count).CopyTo(weights);
    }

    /// <summary>Says whether a buffer's rows have weights now, for which it must have room.</summary>
    internal void UseSampleWeights(bool used)
    {
        Debug.Assert(!used || _sampleWeights != null);
        _areWeightsUnused = !used;
    }

    /// <summary>As <see cref="Load"/>, but labels and weights are left as they were.</summary>
    internal void LoadFeatures(SampleBlock block, int first, int count)
    {
        var stored = block.Stored!;
        (Features, Stride, Storage, Rows) = (block.Features, block.Stride, block.Storage, count);
        if (stored.Sparse is { } sparse)
        {
            Sparse!.Load(stored.File, sparse, first, count);
            return;
        }

        _features = _memory;
        var features = new Span<byte>(_features, count * RowBytes);
        stored.File.Read(stored.Features + (long)first * RowBytes, features);
        new Span<byte>((byte*)_features + features.Length, Slack).Clear();
    }

    /// <summary>As <see cref="LoadFeatures"/>, of sparse ones only where rows start.</summary>
    /// <returns>How many values lie before the first row's.</returns>
    internal long LoadStarts(SampleBlock block, int first, int count)
    {
        var stored = block.Stored!;
        (Features, Stride, Storage, Rows) = (block.Features, block.Stride, block.Storage, count);
        return Sparse!.LoadStarts(stored.File, stored.Sparse!, first, count);
    }

    /// <summary>As <see cref="LoadFeatures"/>, of dense features that are mapped, as long as they are; they are not to be changed.</summary>
    /// <param name="features">Where the first row begins; <see cref="Slack"/> bytes after the last one can be read, and are other rows'.</param>
    /// <param name="block">The rows' block.</param>
    /// <param name="count">How many.</param>
    internal void UseFeatures(byte* features, SampleBlock block, int count)
    {
        Debug.Assert(Sparse is null);
        (Features, Stride, Storage, Rows) = (block.Features, block.Stride, block.Storage, count);
        _features = features;
    }

    /// <summary>As <see cref="Load"/>, but the features are left as they were.</summary>
    internal void LoadLabels(SampleBlock block, int first, int count)
    {
        var stored = block.Stored!;
        (Rows, _areWeightsUnused) = (count, false);
        stored.ReadLabels(first, Labels, SampleWeights);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private static byte* AllocateLabels(int count) => (byte*)HugePages.Allocate((nuint)count, Alignment);

    private static float* AllocateFloats(int count) => (float*)HugePages.Allocate((nuint)count * sizeof(float), Alignment);

    private void Free()
    {
        if (_owner is null)
        {
            HugePages.Free(_memory);
            HugePages.Free(_labels);
            Sparse?.Dispose();
        }

        HugePages.Free(_sampleWeights);
        _features = _memory = null;
        _labels = null;
        _sampleWeights = null;
        Rows = 0;
        Stored?.File.Release();
        Stored = null;
    }
}
