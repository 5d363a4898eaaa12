using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>
/// A lane's share of a row (or of the weights, or of the gradient), in float32 and in registers. Packet i of a lane is
/// the row's packet lane + i·lanes, so that neighbouring lanes load neighbouring 16 bytes.
/// </summary>
/// <remarks>
/// An indexed local array would live on the stack. These structs nest instead, <see cref="Pair{T}"/> of
/// <see cref="Pair{T}"/> of <see cref="Float4Chunk"/>, and a kernel over them compiles to straight-line code.
/// </remarks>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
public interface IChunk<TSelf>
    where TSelf : unmanaged, IChunk<TSelf>
{
    /// <summary>Packets that it covers.</summary>
    int Packets { get; }

    /// <summary>Float4s that it consists of.</summary>
    int Columns { get; }

    /// <summary>Loads a share of a row. Past the last packet that one is loaded again, which costs no memory traffic and no branch.</summary>
    /// <param name="row">The row.</param>
    /// <param name="packet">The lane's first packet.</param>
    /// <param name="lanes">Packets from one to the next.</param>
    /// <param name="last">The row's last packet.</param>
    TSelf Load(ArrayView<Packet> row, int packet, int lanes, int last);

    /// <summary>Loads a share of the weights.</summary>
    /// <param name="weights">The weights, as <see cref="PassArguments.Parameters"/> holds them.</param>
    /// <param name="packet">The lane's first packet.</param>
    /// <param name="lanes">Packets from one to the next.</param>
    TSelf LoadWeights(ArrayView<Float4> weights, int packet, int lanes);

    /// <summary>The inner product with another share.</summary>
    /// <param name="other">The other share.</param>
    float Dot(TSelf other);

    /// <summary>This plus a·x.</summary>
    /// <param name="a">The factor.</param>
    /// <param name="x">What is added.</param>
    TSelf AddScaled(float a, TSelf x);

    /// <summary>The sum over a warp's teams of <paramref name="lanes"/> lanes, in every team.</summary>
    /// <param name="lanes">Lanes a team.</param>
    TSelf SumOverTeams(int lanes);

    /// <summary>Adds a lane's sums to a row of the partials, but for packets past the last.</summary>
    /// <param name="pass">Whose partials.</param>
    /// <param name="partialRow">The row.</param>
    /// <param name="packet">The lane's first packet.</param>
    /// <param name="lanes">Packets from one to the next.</param>
    void AddTo(PassArguments pass, int partialRow, int packet, int lanes);
}

/// <summary>A share of one float4: a packet of float32.</summary>
public struct Float4Chunk : IChunk<Float4Chunk>
{
    private Float4 _value;

    /// <summary>A share of given values.</summary>
    /// <param name="value">The values.</param>
    internal Float4Chunk(Float4 value) => _value = value;

    /// <inheritdoc/>
    public readonly int Packets => 1;

    /// <inheritdoc/>
    public readonly int Columns => 1;

    /// <inheritdoc/>
    public readonly Float4Chunk Load(ArrayView<Packet> row, int packet, int lanes, int last)
    {
        var stored = row[IntrinsicMath.Min(packet, last)];
        Float4Chunk result;
        result._value.X = Interop.IntAsFloat(stored.X);
        result._value.Y = Interop.IntAsFloat(stored.Y);
        result._value.Z = Interop.IntAsFloat(stored.Z);
        result._value.W = Interop.IntAsFloat(stored.W);
        return result;
    }

    /// <inheritdoc/>
    public readonly Float4Chunk LoadWeights(ArrayView<Float4> weights, int packet, int lanes) => new(weights[packet]);

    /// <inheritdoc/>
    public readonly float Dot(Float4Chunk other) => Float4.Dot(_value, other._value);

    /// <inheritdoc/>
    public readonly Float4Chunk AddScaled(float a, Float4Chunk x) => new(Float4.MultiplyAdd(a, x._value, _value));

    /// <inheritdoc/>
    public readonly Float4Chunk SumOverTeams(int lanes)
    {
        Float4Chunk result;
        result._value.X = WarpSum.OverTeams(_value.X, lanes);
        result._value.Y = WarpSum.OverTeams(_value.Y, lanes);
        result._value.Z = WarpSum.OverTeams(_value.Z, lanes);
        result._value.W = WarpSum.OverTeams(_value.W, lanes);
        return result;
    }

    /// <inheritdoc/>
    public readonly void AddTo(PassArguments pass, int partialRow, int packet, int lanes)
    {
        if (packet < pass.Columns)
            pass.AddToPartial(partialRow, packet, _value);
    }
}

/// <summary>A share of two neighbouring float4s: a packet of float16, turned into float32 as it is loaded.</summary>
/// <typeparam name="THalf">How.</typeparam>
public struct HalfChunk<THalf> : IChunk<HalfChunk<THalf>>
    where THalf : unmanaged, IHalfConversion
{
    private readonly Pair<Float4Chunk> _values;

    private HalfChunk(Pair<Float4Chunk> values) => _values = values;

    /// <inheritdoc/>
    public readonly int Packets => 1;

    /// <inheritdoc/>
    public readonly int Columns => 2;

    /// <inheritdoc/>
    public readonly HalfChunk<THalf> Load(ArrayView<Packet> row, int packet, int lanes, int last)
    {
        var stored = row[IntrinsicMath.Min(packet, last)];
        return new(new(Widen(stored.X, stored.Y), Widen(stored.Z, stored.W)));
    }

    /// <inheritdoc/>
    public readonly HalfChunk<THalf> LoadWeights(ArrayView<Float4> weights, int packet, int lanes) =>
        new(default(Pair<Float4Chunk>).LoadWeights(weights, 2 * packet, 1));

    /// <inheritdoc/>
    public readonly float Dot(HalfChunk<THalf> other) => _values.Dot(other._values);

    /// <inheritdoc/>
    public readonly HalfChunk<THalf> AddScaled(float a, HalfChunk<THalf> x) => new(_values.AddScaled(a, x._values));

    /// <inheritdoc/>
    public readonly HalfChunk<THalf> SumOverTeams(int lanes) => new(_values.SumOverTeams(lanes));

    /// <inheritdoc/>
    public readonly void AddTo(PassArguments pass, int partialRow, int packet, int lanes) =>
        _values.AddTo(pass, partialRow, 2 * packet, 1);

    // The lower half of each word comes first.
    private static Float4Chunk Widen(uint first, uint second)
    {
        Float4 result;
        result.X = default(THalf).ToFloat(first & 0xFFFF);
        result.Y = default(THalf).ToFloat(first >> 16);
        result.Z = default(THalf).ToFloat(second & 0xFFFF);
        result.W = default(THalf).ToFloat(second >> 16);
        return new Float4Chunk(result);
    }
}

/// <summary>A share of twice as many packets.</summary>
/// <typeparam name="T">Half of it.</typeparam>
public struct Pair<T> : IChunk<Pair<T>>
    where T : unmanaged, IChunk<T>
{
    private readonly T _lower;
    private readonly T _upper;

    /// <summary>A share of two.</summary>
    /// <param name="lower">The first.</param>
    /// <param name="upper">The second.</param>
    internal Pair(T lower, T upper)
    {
        _lower = lower;
        _upper = upper;
    }

    /// <inheritdoc/>
    public readonly int Packets => 2 * default(T).Packets;

    /// <inheritdoc/>
    public readonly int Columns => 2 * default(T).Columns;

    /// <inheritdoc/>
    public readonly Pair<T> Load(ArrayView<Packet> row, int packet, int lanes, int last) => new(
        default(T).Load(row, packet, lanes, last),
        default(T).Load(row, packet + default(T).Packets * lanes, lanes, last));

    /// <inheritdoc/>
    public readonly Pair<T> LoadWeights(ArrayView<Float4> weights, int packet, int lanes) => new(
        default(T).LoadWeights(weights, packet, lanes),
        default(T).LoadWeights(weights, packet + default(T).Packets * lanes, lanes));

    /// <inheritdoc/>
    public readonly float Dot(Pair<T> other) => _lower.Dot(other._lower) + _upper.Dot(other._upper);

    /// <inheritdoc/>
    public readonly Pair<T> AddScaled(float a, Pair<T> x) =>
        new(_lower.AddScaled(a, x._lower), _upper.AddScaled(a, x._upper));

    /// <inheritdoc/>
    public readonly Pair<T> SumOverTeams(int lanes) => new(_lower.SumOverTeams(lanes), _upper.SumOverTeams(lanes));

    /// <inheritdoc/>
    public readonly void AddTo(PassArguments pass, int partialRow, int packet, int lanes)
    {
        _lower.AddTo(pass, partialRow, packet, lanes);
        _upper.AddTo(pass, partialRow, packet + default(T).Packets * lanes, lanes);
    }
}
