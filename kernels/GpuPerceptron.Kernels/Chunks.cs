using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>
/// A lane's share of a row (or of the weights, or of the gradient), in registers. Chunk i of a lane is the row's
/// float4-column lane + i·lanes, so that neighbouring lanes load neighbouring 16 bytes.
/// </summary>
/// <remarks>
/// An indexed local array would live on the stack. These structs nest instead, <see cref="Pair{T}"/> of
/// <see cref="Pair{T}"/> of <see cref="Float4Chunk"/>, and a kernel over them compiles to straight-line code.
/// </remarks>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
public interface IChunk<TSelf>
    where TSelf : unmanaged, IChunk<TSelf>
{
    /// <summary>Float4s that a lane holds.</summary>
    int Count { get; }

    /// <summary>Loads a lane's share. Past the last column it is loaded again, which costs no memory traffic and no branch.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">The lane's first column.</param>
    /// <param name="lanes">Columns from one float4 to the next.</param>
    /// <param name="last">The row's last column.</param>
    TSelf Load(ArrayView<Float4> row, int column, int lanes, int last);

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

    /// <summary>Adds a lane's sums to a row of the partials, but for columns past the last.</summary>
    /// <param name="pass">Whose partials.</param>
    /// <param name="partialRow">The row.</param>
    /// <param name="column">The lane's first column.</param>
    /// <param name="lanes">Columns from one float4 to the next.</param>
    void AddTo(PassArguments pass, int partialRow, int column, int lanes);
}

/// <summary>A share of one float4.</summary>
public struct Float4Chunk : IChunk<Float4Chunk>
{
    private Float4 _value;

    /// <inheritdoc/>
    public readonly int Count => 1;

    /// <inheritdoc/>
    public readonly Float4Chunk Load(ArrayView<Float4> row, int column, int lanes, int last)
    {
        Float4Chunk result;
        result._value = row[IntrinsicMath.Min(column, last)];
        return result;
    }

    /// <inheritdoc/>
    public readonly float Dot(Float4Chunk other) => Float4.Dot(_value, other._value);

    /// <inheritdoc/>
    public readonly Float4Chunk AddScaled(float a, Float4Chunk x)
    {
        Float4Chunk result;
        result._value = Float4.MultiplyAdd(a, x._value, _value);
        return result;
    }

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
    public readonly void AddTo(PassArguments pass, int partialRow, int column, int lanes)
    {
        if (column < pass.Columns)
            pass.AddToPartial(partialRow, column, _value);
    }
}

/// <summary>A share of twice as many float4s.</summary>
/// <typeparam name="T">Half of it.</typeparam>
public struct Pair<T> : IChunk<Pair<T>>
    where T : unmanaged, IChunk<T>
{
    private T _lower;
    private T _upper;

    /// <inheritdoc/>
    public readonly int Count => 2 * default(T).Count;

    /// <inheritdoc/>
    public readonly Pair<T> Load(ArrayView<Float4> row, int column, int lanes, int last)
    {
        Pair<T> result;
        result._lower = default(T).Load(row, column, lanes, last);
        result._upper = default(T).Load(row, column + default(T).Count * lanes, lanes, last);
        return result;
    }

    /// <inheritdoc/>
    public readonly float Dot(Pair<T> other) => _lower.Dot(other._lower) + _upper.Dot(other._upper);

    /// <inheritdoc/>
    public readonly Pair<T> AddScaled(float a, Pair<T> x)
    {
        Pair<T> result;
        result._lower = _lower.AddScaled(a, x._lower);
        result._upper = _upper.AddScaled(a, x._upper);
        return result;
    }

    /// <inheritdoc/>
    public readonly Pair<T> SumOverTeams(int lanes)
    {
        Pair<T> result;
        result._lower = _lower.SumOverTeams(lanes);
        result._upper = _upper.SumOverTeams(lanes);
        return result;
    }

    /// <inheritdoc/>
    public readonly void AddTo(PassArguments pass, int partialRow, int column, int lanes)
    {
        _lower.AddTo(pass, partialRow, column, lanes);
        _upper.AddTo(pass, partialRow, column + default(T).Count * lanes, lanes);
    }
}
